"""SSZ hash_tree_root of values in their JSON form, written from ssz/simple-serialize.md (standard library only).

A type is an object with `root(value)`, where `value` is the JSON form: decimal strings for numbers, 0x hex for
byte strings and bit fields, lists, and objects with the spec's field names. Basic types also have `size` (bytes)
and `serialize(value)`.
"""

from hashlib import sha256

BYTES_PER_CHUNK = 32
ZERO_CHUNK = bytes(BYTES_PER_CHUNK)


def hash_pair(left, right):
    return sha256(left + right).digest()


def from_hex(text):
    assert text.startswith("0x"), text
    return bytes.fromhex(text[2:])


def to_hex(data):
    return "0x" + data.hex()


# Merkleization: "pack"
def pack(data):
    padded = data + bytes(-len(data) % BYTES_PER_CHUNK)
    return [padded[i : i + BYTES_PER_CHUNK] for i in range(0, len(padded), BYTES_PER_CHUNK)]


# Merkleization: "next_pow_of_two", as the number of tree levels. 0 and 1 both map to one chunk, so to level 0.
def depth_of(chunk_count):
    return max(chunk_count - 1, 0).bit_length()


# Merkleization: "merkleize(chunks, limit)". Padding is virtual: an empty subtree is known by its level alone.
def merkleize(chunks, limit=None):
    count = len(chunks) if limit is None else limit
    assert len(chunks) <= count, "input exceeds limit"
    level_nodes, empty = list(chunks), ZERO_CHUNK
    for _ in range(depth_of(count)):
        if len(level_nodes) % 2:
            level_nodes.append(empty)
        level_nodes = [hash_pair(level_nodes[i], level_nodes[i + 1]) for i in range(0, len(level_nodes), 2)]
        empty = hash_pair(empty, empty)
    return level_nodes[0] if level_nodes else empty


# Merkleization: "merkleize_progressive(chunks, num_leaves=1)" (EIP-7916)
def merkleize_progressive(chunks, num_leaves=1):
    if not chunks:
        return ZERO_CHUNK
    head = merkleize(chunks[:num_leaves], num_leaves)
    tail = merkleize_progressive(chunks[num_leaves:], num_leaves * 4)
    return hash_pair(head, tail)


# Merkleization: "mix_in_length". The length is a Uint256, little-endian.
def mix_in_length(root, length):
    return hash_pair(root, length.to_bytes(32, "little"))


class Uint:
    def __init__(self, size):
        self.size = size

    def serialize(self, value):
        assert isinstance(value, str), "the JSON form of a number is a decimal string"
        return int(value).to_bytes(self.size, "little")

    def root(self, value):
        return pack(self.serialize(value))[0]


class Boolean:
    size = 1

    def serialize(self, value):
        assert isinstance(value, bool)
        return b"\x01" if value else b"\x00"

    def root(self, value):
        return pack(self.serialize(value))[0]


class ByteVector:
    """`BytesN` is an alias of `Vector[Byte, N]`."""

    def __init__(self, length):
        self.length = length

    def root(self, value):
        data = from_hex(value)
        assert len(data) == self.length, value
        return merkleize(pack(data))


class ByteList:
    """`ByteList[N]` is an alias of `List[Byte, N]`; without a limit it is `ProgressiveByteList`."""

    def __init__(self, limit=None):
        self.limit = limit

    def root(self, value):
        data = from_hex(value)
        if self.limit is None:
            return mix_in_length(merkleize_progressive(pack(data)), len(data))
        assert len(data) <= self.limit
        return mix_in_length(merkleize(pack(data), (self.limit + 31) // 32), len(data))


class BitVector:
    """JSON form: the serialized bytes. The bits above the length must be zero."""

    def __init__(self, length):
        self.length = length

    def root(self, value):
        data = from_hex(value)
        assert len(data) == (self.length + 7) // 8, value
        assert int.from_bytes(data, "little").bit_length() <= self.length, value
        return merkleize(pack(data), (self.length + 255) // 256)


class BitList:
    """JSON form: the serialized bytes, with the delimiting bit; without a limit it is `ProgressiveBitList`."""

    def __init__(self, limit=None):
        self.limit = limit

    def root(self, value):
        data = from_hex(value)
        assert data and data[-1] != 0, "a bitlist has its delimiting bit in the last byte"
        number = int.from_bytes(data, "little")
        length = number.bit_length() - 1
        # "The length-delimiting bit for bitlists is excluded" (pack_bits)
        bits = (number - (1 << length)).to_bytes((length + 7) // 8, "little")
        if self.limit is None:
            return mix_in_length(merkleize_progressive(pack(bits)), length)
        assert length <= self.limit
        return mix_in_length(merkleize(pack(bits), (self.limit + 255) // 256), length)


def is_basic(kind):
    return hasattr(kind, "serialize")


def element_chunks(kind, values):
    if is_basic(kind):
        return pack(b"".join(kind.serialize(value) for value in values))
    return [kind.root(value) for value in values]


class Vector:
    def __init__(self, element, length):
        self.element, self.length = element, length

    def root(self, value):
        assert len(value) == self.length
        return merkleize(element_chunks(self.element, value))


class List:
    """Without a limit it is `ProgressiveList`."""

    def __init__(self, element, limit=None):
        self.element, self.limit = element, limit

    def root(self, value):
        chunks = element_chunks(self.element, value)
        if self.limit is None:
            return mix_in_length(merkleize_progressive(chunks), len(value))
        assert len(value) <= self.limit
        chunk_limit = (self.limit * self.element.size + 31) // 32 if is_basic(self.element) else self.limit
        return mix_in_length(merkleize(chunks, chunk_limit), len(value))


class Container:
    def __init__(self, **fields):
        self.fields = fields

    def field_roots(self, value):
        assert list(value) == list(self.fields), f"fields {list(value)} are not {list(self.fields)}"
        return [kind.root(value[name]) for name, kind in self.fields.items()]

    def root(self, value):
        return merkleize(self.field_roots(value))


class ProgressiveContainer(Container):
    """EIP-7495. All active fields are 1 in every container that the specs use, so only that is built here."""

    def root(self, value):
        roots = self.field_roots(value)
        active_fields = ((1 << len(roots)) - 1).to_bytes(32, "little")
        return hash_pair(merkleize_progressive(roots), active_fields)
