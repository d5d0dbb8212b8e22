export {P2p} from "./p2p.ts";
