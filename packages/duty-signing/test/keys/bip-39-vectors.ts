import type {MnemonicLanguage} from "../../src/keys/word-lists.ts";

/**
 * For each language entropy, mnemonic and the seed with the passphrase "TREZOR", worked out by the reference implementation
 * (https://github.com/trezor/python-mnemonic): the entropy is the start of the SHA-256 of the language's name.
 */
export const BIP_39_VECTORS: readonly (readonly [
  language: MnemonicLanguage,
  entropy: string,
  mnemonic: string,
  seed: string,
])[] = [
  [
    "english",
    "b6234d2ea0d6022be63db80d7b80e221097fe4a469dc44febcd2a9241effdeba",
    "renew bounce entry double gasp bicycle ocean require aspect swing decade dragon obey venture museum describe eager vote cruise false draft lend kit film",
    "e17bad3e95ca017beb7f87687f25d115ab60f193056fd1c737d71900937aafaf7c457703429cfae9804bf0bf73184e19abdd3762e458c42085f9d8dc38d26384",
  ],
  [
    "spanish",
    "9c9b13446cd96efb130cde2bed0fcd1b",
    "novio símbolo salmón sol muslo leña enano norma carta guía urna conde",
    "69ba0c1adb478e1eb4918f4495cb323d1779e1cac2fad1f0fa906a5344427f4bb62e8cb806bfe769717af1db9c7c16e6c12177d8a19d995139d4d6e079e24ffa",
  ],
  [
    "french",
    "21bb36ad06385b1ccc1f48489b71eea397b7e8b0",
    "boulon sélectif olfactif ampleur ivresse ligature choisir témoin domaine service horizon diriger honteux usage prairie",
    "54ea5e9521e8915de422d22810a02ea1d1cc7927d93e8d89e3bfeafc6c302d26bee087ede5d6697bba24db4e2c4c30ee56e85c16644a927b5c15a2b1e06a8e76",
  ],
  [
    "italian",
    "4c3280c17f9d982ccbac882ae1f48dad224dba938bee87bf",
    "euclideo orzo congelare zitto spirale avvenire colore onnivoro chiaro araldica calcolo galateo canapa storico fare metallo naturale zenzero",
    "e7fe9d91475971af8bc175f59c1149031de48c35915b976a8dba6d99097d104627bb9eeb747611fc6d79f36f4e7dd88f656e549524b28c59e7b9a6a49e9f9c00",
  ],
  [
    "portuguese",
    "e35242c809c8c717756d1b3fc9e292d80a05352030cc44f8d1585d7d",
    "sudeste liquidez ovular apetite lapidar laje rubro moto coronha ditador murcho oriental mirtilo masmorra inativo atingir cursar queda emulador petiscar seringa",
    "9577416bf9bba1460132cb1714579eab3af26e89b4426f6c3e136d2a61bb25272e4063beccb68ccaef6ffcf43a82322c280d1b94b1f8c9b18d9ebaf9d211e4ff",
  ],
  [
    "czech",
    "4f435046a870111ca5c326d335ac847602f7f06cfab7c051b073daf171306bd6",
    "konec dareba cela kormidlo amputace oteplit pinzeta makovice tkadlec radnice doplnit vykonat grep zeptat rovina kryt slanina ospalec diplom rozum chystat plamen razidlo tehdy",
    "4c3bf1aa1442034e95fa3cc099bdb344d44b11e04fa64b330e276dc34b1fc58b26a1268136b75c9ee08611d4a16e9b499823d873896dcb8f46e97119a5d0f7da",
  ],
  [
    "japanese",
    "42e1eb95ac3ebc9076c837c657265bdf53febef917d4ccdbc32c1a2aa03ee088",
    "げざん いもうと みなと ざいげん めいれい けんお ほあん いいだす はろうぃん ねぼう ちょさくけん のらねこ ぐんて さわやか みじかい るいじ ぴっちり ほそい びじゅつかん きてい どぶがわ おうたい そらまめ あいだ",
    "2f1a481d1d51e4981932fda67c5963511845d2e7786183732375eecce8c694e73159ee1e4f1535167ca5fe919106af45a816912b11ca81430ef2cbd8aa129f5e",
  ],
  [
    "korean",
    "e35fbb1a86bcd6f6736a4e44e9ebe408465f0d28fba23421",
    "통일 후춧가루 중간 계절 진행 시험 질병 밤하늘 밀가루 법칙 호흡 공급 서민 액수 의문 순간 독립 곡식",
    "66b7682ecf7fe7d6ce43ab5a8ac28f5ffed8e453f80b2d0182c37455afdeaaa92c1e6f5bbda72f1b94ce994e9ee0f5c05c8be8f850838f8429a7c34b00c3e6c7",
  ],
  [
    "chinese-simplified",
    "5c5a30454aebc7978761a363be27867a",
    "卫 锡 数 凝 灌 趋 论 般 急 挡 哩 缆",
    "8ce8a13ae2c48af8fcdd706ac7b605d7eed1d86fff465b8de03ca8bfb66a85354a1a18dfd4e9adf25baf182914a065014be1372f9c4eeaeabbad69024505166d",
  ],
  [
    "chinese-traditional",
    "40823b59deab09a212a536d24f7adb1043b79596d2a0a1952b152f51ebd15a90",
    "神 你 吏 聖 獎 繪 田 稍 襲 庫 敬 南 京 祝 終 宣 港 綱 暖 核 決 撲 培 三",
    "8f4c23f8d83c872edf5e32c0dd3298033d29ad0ac204be54806d72528f8859359f4e5fc56e74bb6ca8819949078aa7575267948878c2659cc369487c0bd55b4c",
  ],
];
