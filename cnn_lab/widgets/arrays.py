"""NumPy arrays that travel between kernel and browser as bytes, not as lists of numbers."""

import numpy as np
import traitlets

KINDS = {"float32": np.float32, "uint8": np.uint8, "int32": np.int32}


class Array(traitlets.TraitType):
    """A trait that holds an array of one number type.

    In the browser it is ``{shape, dtype, data}`` with the bytes in ``data``; see `array` in
    ``common.js``. The kernel gets from the browser what the browser got from the kernel.

    Parameters
    ----------
    dtype : {"float32", "uint8", "int32"}
    default : array_like
    echo : bool
        Whether a value that the browser sets is sent back to it; False for what it sets often.
    """

    info_text = "an array of numbers"

    def __init__(self, default=(), dtype="float32", *, echo=True):
        super().__init__(np.asarray(default, KINDS[dtype]))
        self.dtype = dtype
        self.tag(sync=True, to_json=_to_browser, from_json=_from_browser)
        if not echo:
            self.tag(echo_update=False)

    def validate(self, owner, value):
        """Turn what is set into a read-only array of the trait's own number type."""
        try:
            array = np.array(value, KINDS[self.dtype])
        except (TypeError, ValueError):
            self.error(owner, value)
        array.flags.writeable = False
        return array

    def set(self, obj, value):
        """Set the array; equal numbers are no change."""
        new = self._validate(obj, value)
        old = obj._trait_values.get(self.name)
        if old is not None and old.shape == new.shape and old.tobytes() == new.tobytes():
            return
        obj._trait_values[self.name] = new
        obj._notify_trait(self.name, old, new)


def _to_browser(array, widget):
    data = memoryview(np.ascontiguousarray(array)).cast("B") if array.size else memoryview(b"")
    return {"shape": list(array.shape), "dtype": array.dtype.name, "data": data}


def _from_browser(value, widget):
    kind = KINDS[value["dtype"]]
    return np.frombuffer(bytes(value["data"]), kind).reshape(value["shape"])
