"""Optimizers: how weights follow their gradients; and schedules for the learning rate.

Conventions: ``optimizer.step(params, grads)`` takes two dicts of name to array and changes the
arrays in ``params`` in place (that is its purpose; the gradients are left as they are).
``optimizer.learning_rate`` may be set between steps. A schedule is a function of the part of the
training that is done, 0 to 1, and returns the factor by which the learning rate is multiplied.
"""

import math

import numpy as np


class _Optimizer:
    _settings = ("learning_rate",)

    def __init__(self, learning_rate):
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {learning_rate}")
        self.learning_rate = learning_rate
        self.state = {}

    def step(self, params, grads):
        """Move every weight one step against its gradient.

        Raises
        ------
        ValueError
            If params and grads do not hold the same names and shapes.
        """
        if set(params) != set(grads):
            odd = sorted(set(params) ^ set(grads))
            raise ValueError(f"params and grads must have the same names, they differ in {odd}")
        for name, weights in params.items():
            if weights.shape != grads[name].shape:
                shapes = f"{weights.shape} and {grads[name].shape}"
                raise ValueError(f"{name}: weights and gradient have the shapes {shapes}")
        for name, weights in params.items():
            self._update(name, weights, grads[name])

    def settings(self):
        """Return what the optimizer was made with, by name."""
        return {name: getattr(self, name) for name in self._settings}

    def get_state(self):
        """Return what the optimizer remembers, as arrays by name (its own, not copies)."""
        return dict(self.state)

    def set_state(self, state):
        """Remember copies of what `get_state` returned, and nothing else."""
        self.state = {name: np.array(memory) for name, memory in state.items()}

    def _memory(self, name, weights):
        if name not in self.state:
            self.state[name] = np.zeros_like(weights)
        memory = self.state[name]
        if memory.shape != weights.shape:
            shapes = f"{memory.shape}, not {weights.shape}"
            raise ValueError(
                f"this optimizer belongs to another network: {name} had shape {shapes}"
            )
        return memory


class SGD(_Optimizer):
    """Stochastic gradient descent, with momentum.

    Parameters
    ----------
    learning_rate : float, above 0
    momentum : float, 0 <= momentum < 1
        The share of the last step that is taken again.

    Notes
    -----
    ``v = momentum * v - learning_rate * gradient; w = w + v``. With momentum 0 the plain
    ``w = w - learning_rate * gradient``. On a steady slope the steps add up to
    ``1 / (1 - momentum)`` times the plain one.

    References
    ----------
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([0.5])}
    >>> SGD(0.1).step(params, grads)
    >>> params["w"]
    array([0.95])
    """

    _settings = ("learning_rate", "momentum")

    def __init__(self, learning_rate, momentum=0.0):
        super().__init__(learning_rate)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and below 1, got {momentum}")
        self.momentum = momentum

    def _update(self, name, weights, gradient):
        step = gradient * weights.dtype.type(self.learning_rate)
        if self.momentum:
            velocity = self._memory(name, weights)
            velocity *= velocity.dtype.type(self.momentum)
            velocity -= step
            weights += velocity
        else:
            weights -= step

    def __repr__(self):
        return f"SGD({self.learning_rate}, momentum={self.momentum})"


class Adam(_Optimizer):
    """Steps of about the same size for every weight, from running means of gradient and square.

    Parameters
    ----------
    learning_rate : float, above 0
    beta1, beta2 : float
        How long the running means of the gradient and of its square remember.
    epsilon : float
        Keeps the quotient finite where gradients are zero.

    Notes
    -----
    ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g**2``, and with both corrected for
    their start at zero, ``w = w - learning_rate * m / (sqrt(v) + epsilon)``.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1.

    Examples
    --------
    >>> params, grads = {"w": np.array([1.0])}, {"w": np.array([0.5])}
    >>> Adam(0.1).step(params, grads)
    >>> params["w"].round(6)
    array([0.9])
    """

    _settings = ("learning_rate", "beta1", "beta2", "epsilon")

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.steps = 0

    def step(self, params, grads):
        """Move every weight one step; see the class."""
        self.steps += 1
        super().step(params, grads)

    def get_state(self):
        """Return the running means, and how many steps they have seen, as arrays by name."""
        return {"steps": np.array(self.steps), **super().get_state()}

    def set_state(self, state):
        """Remember copies of what `get_state` returned, and nothing else."""
        super().set_state({name: memory for name, memory in state.items() if name != "steps"})
        self.steps = int(state["steps"])

    def _update(self, name, weights, gradient):
        kind = weights.dtype.type
        mean = self._memory(f"{name}.mean", weights)
        square = self._memory(f"{name}.square", weights)
        mean *= kind(self.beta1)
        mean += kind(1 - self.beta1) * gradient
        square *= kind(self.beta2)
        square += kind(1 - self.beta2) * np.square(gradient)
        mean_start = 1 - self.beta1**self.steps
        square_start = 1 - self.beta2**self.steps
        size = np.sqrt(square)
        size += kind(self.epsilon * math.sqrt(square_start))
        np.divide(mean, size, out=size)
        size *= kind(self.learning_rate * math.sqrt(square_start) / mean_start)
        weights -= size

    def __repr__(self):
        return f"Adam({self.learning_rate})"


def one_cycle(warm_up=0.25, start=0.1, end=0.01):
    """Return the schedule that climbs to the full rate and then falls along half a cosine.

    Parameters
    ----------
    warm_up : float, 0 < warm_up < 1
        The part of the training that climbs.
    start, end : float
        The factors at the beginning and at the end.

    References
    ----------
    Smith and Topin, "Super-Convergence", 2018.

    Examples
    --------
    >>> schedule = one_cycle()
    >>> [round(schedule(done), 3) for done in (0.0, 0.25, 0.625, 1.0)]
    [0.1, 1.0, 0.505, 0.01]
    """
    if not 0 < warm_up < 1:
        raise ValueError(f"warm_up must lie between 0 and 1, got {warm_up}")

    def factor(done):
        if done < warm_up:
            return start + (1 - start) * done / warm_up
        fallen = (done - warm_up) / (1 - warm_up)
        return end + (1 - end) * 0.5 * (1 + math.cos(math.pi * fallen))

    return factor


def step_decay(factor=0.1, every=0.5):
    """Return the schedule that multiplies the rate by ``factor`` after each part ``every``.

    Examples
    --------
    >>> schedule = step_decay(0.5, 0.25)
    >>> [schedule(done) for done in (0.0, 0.3, 0.5)]
    [1.0, 0.5, 0.25]
    """

    if not 0 < every <= 1:
        raise ValueError(f"every must be above 0 and at most 1, got {every}")

    def current(done):
        return float(factor ** int(done / every + 1e-9))

    return current
