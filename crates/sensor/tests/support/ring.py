# Two openat operations through a ring: one that works, one that does not.
import ctypes, mmap, os, struct

c = ctypes.CDLL(None, use_errno=True)
c.syscall.restype = ctypes.c_long
params = ctypes.create_string_buffer(120)
ring = c.syscall(425, 8, params)
assert ring >= 0, os.strerror(ctypes.get_errno())
sq_off = struct.unpack_from("8I", params, 40)
head, tail, mask, entries, flags, dropped, array, _ = sq_off
sq_entries = struct.unpack_from("I", params, 0)[0]
sq = mmap.mmap(ring, array + sq_entries * 4, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0)
sqes = mmap.mmap(ring, sq_entries * 64, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0x10000000)
names = [ctypes.create_string_buffer(b"/etc/hostname"), ctypes.create_string_buffer(b"/nothing/at/all")]
for place, name in enumerate(names):
    # opcode OPENAT, flags, ioprio, fd AT_FDCWD, offset, address, mode, open flags, user data
    sqe = struct.pack("<BBHiQQIIQ", 18, 0, 0, -100, 0, ctypes.addressof(name), 0, os.O_RDONLY, place)
    sqes[place * 64:place * 64 + len(sqe)] = sqe
    struct.pack_into("I", sq, array + place * 4, place)
struct.pack_into("I", sq, tail, len(names))
assert c.syscall(426, ring, len(names), len(names), 1, 0, 0) == len(names)
