"""The states of random generators as text, and who shares one with whom."""

import numpy as np

KINDS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
ENDS = {"MT19937": ("pos", 624), "Philox": ("buffer_pos", 4)}  # of the buffers that they read


def generators(network, rng):
    """Return all generators of a training by place: "fit", and such as "9.rng" for a layer's."""
    found = {"fit": rng}
    for number, layer in enumerate(network.layers):
        for name, value in sorted(vars(layer).items()):
            if isinstance(value, np.random.Generator):
                found[f"{number}.{name}"] = value
    return found


def capture(network, rng):
    """Return what JSON can hold: for every different generator its places, kind and state."""
    groups = {}
    for place, generator in generators(network, rng).items():
        groups.setdefault(id(generator.bit_generator), ([], generator))[0].append(place)
    return [
        {"places": places, "state": encoded(generator.bit_generator.state)}
        for places, generator in groups.values()
    ]


def decode_all(groups, network, rng):
    """Return the groups of `capture` with states that a generator has taken, or raise."""
    decoded = [{"places": g["places"], "state": decoded_state(g["state"])} for g in groups]
    places = [place for group in decoded for place in group["places"]]
    here = list(generators(network, rng))
    if sorted(places) != sorted(here) or places[0] != "fit":
        raise ValueError(f"random states are for {places}, the training has {here}")
    return decoded


def restore(groups, network, rng):
    """Give every place its state back, and those that shared a generator one and the same.

    The generator at a group's first place is kept and changed, so that others who hold it see the
    change; a new one is made only where it is of another kind, or shared with the wrong ones.
    """
    here, used = generators(network, rng), set()
    for group in groups:
        generator, state = here[group["places"][0]], group["state"]
        kind = state["bit_generator"]
        if id(generator.bit_generator) in used or _kind(generator) != kind:
            generator = np.random.Generator(getattr(np.random, kind)())
        used.add(id(generator.bit_generator))
        generator.bit_generator.state = state
        for place in group["places"]:
            if here[place].bit_generator is not generator.bit_generator:
                number, name = place.split(".")
                setattr(network.layers[int(number)], name, generator)


def encoded(state):
    """Return a bit generator's state with lists for its arrays.

    Examples
    --------
    >>> encoded({"bit_generator": "X", "state": {"key": np.array([1, 2], np.uint32)}})
    {'bit_generator': 'X', 'state': {'key': {'uint32': [1, 2]}}}
    """
    if isinstance(state, dict):
        return {name: encoded(value) for name, value in state.items()}
    if isinstance(state, np.ndarray):
        return {state.dtype.name: state.tolist()}
    return state


def decoded_state(text):
    """Return the state that `encoded` made text of, after a bit generator has taken it."""
    state = _decoded(text)
    kind = state["bit_generator"]
    if kind not in KINDS:
        raise ValueError(f"there is no random generator {kind!r}")
    name, end = ENDS.get(kind, ("has_uint32", 1))
    position = {**state, **state["state"]}.get(name, 0)
    if not 0 <= position <= end:  # NumPy believes it, and would read past the end
        raise ValueError(f"{name} of a random generator must be at most {end}, got {position}")
    getattr(np.random, kind)().state = state
    return state


def _decoded(text):
    if not isinstance(text, dict):
        return text
    (name, values), *more = text.items()
    if not more and isinstance(values, list):
        return np.array(values, name if name in ("uint32", "uint64") else "uint64")
    return {name: _decoded(value) for name, value in text.items()}


def _kind(generator):
    return type(generator.bit_generator).__name__
