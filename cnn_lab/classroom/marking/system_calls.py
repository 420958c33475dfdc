"""Calls of the system that no answer needs, as a filter for bubblewrap.

They would give memory that no watchdog sees (anonymous files, shared segments), file systems and
namespaces of one's own, the keys of whoever runs the marker, other processes' memory, and kinds of
sockets that network namespaces do not hold back. Numbers are those of Linux for the two processors
on which the course runs; on another one there is no filter.

The filter is a program for seccomp: see seccomp(2) and Linux's include/uapi/linux/filter.h.
"""

import errno
import platform
import struct

_X86 = {
    "clone": 56,
    "clone3": 435,
    "socket": 41,
    "refused": (
        *(29, 30, 31),  # shmget, shmat, shmctl
        *(64, 68),  # semget, msgget
        *(101, 310, 311, 312, 438),  # ptrace, process_vm_readv, -writev, kcmp, pidfd_getfd
        *(155, 165, 166, 272, 308),  # pivot_root, mount, umount2, unshare, setns
        *(428, 429, 430, 431, 432, 433, 442),  # open_tree, move_mount, fsopen ... mount_setattr
        *(248, 249, 250),  # add_key, request_key, keyctl
        *(298, 300, 321, 323),  # perf_event_open, fanotify_init, bpf, userfaultfd
        *(319, 447),  # memfd_create, memfd_secret
        *(425, 426, 427),  # io_uring_setup, -enter, -register
    ),
}
_ARM = {
    "clone": 220,
    "clone3": 435,
    "socket": 198,
    "refused": (
        *(194, 195, 196),
        *(190, 186),
        *(117, 270, 271, 272, 438),
        *(41, 40, 39, 97, 268),
        *(428, 429, 430, 431, 432, 433, 442),
        *(217, 218, 219),
        *(241, 262, 280, 282),
        *(279, 447),
        *(425, 426, 427),
    ),
}
_PROCESSORS = {"x86_64": (0xC000003E, _X86), "aarch64": (0xC00000B7, _ARM)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000
_SECOND_ABI = 0x40000000  # the numbers of x32 begin here
_NEW_USER_NAMESPACE = 0x10000000
_FAMILIES = (1, 2, 10, 16)  # Unix, IPv4, IPv6, netlink: what a network namespace holds back


def program(processor: str | None = None) -> bytes | None:
    """Return the filter.

    Parameters
    ----------
    processor : str, optional
        As in ``platform.machine()``; this machine's by default.

    Returns
    -------
    bytes or None
        None for a processor whose numbers are not known here.
    """
    known = _PROCESSORS.get(processor or platform.machine())
    if known is None:
        return None
    identity, calls = known
    refuse = _fail(errno.EPERM)
    steps = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_EQUAL, 1, 0, identity),
        _fail(errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _SECOND_ABI),
        _fail(errno.ENOSYS),
        (_EQUAL, 0, 1, calls["clone3"]),
        _fail(errno.ENOSYS),  # its flags cannot be seen; the C library falls back to clone
    ]
    for number in calls["refused"]:
        steps += [(_EQUAL, 0, 1, number), refuse]
    steps += [
        (_EQUAL, 0, 4, calls["clone"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_USER_NAMESPACE),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 2 + len(_FAMILIES), calls["socket"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_EQUAL, len(_FAMILIES) - place, 0, family) for place, family in enumerate(_FAMILIES)),
        _fail(errno.EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _fail(error):
    return (_RETURN, 0, 0, _FAIL_WITH | error)
