"""Known mistakes in `surest_mistakes`: edits of the answer, and whole functions."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake


def _surest_of_all(probabilities, labels, count):
    return np.argsort(-probabilities.max(axis=1), kind="stable")[:count]


def _surest_of_all_if_wrong(probabilities, labels, count):
    first = _surest_of_all(probabilities, labels, count)
    return first[probabilities.argmax(axis=1)[first] != labels[first]]


def _by_lead(probabilities, labels, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    second, first = np.sort(probabilities[wrong], axis=1)[:, -2:].T
    return wrong[np.argsort(second - first, kind="stable")][:count]


def _by_the_gap_to_the_label(probabilities, labels, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    gaps = probabilities[wrong, labels[wrong]] - probabilities[wrong].max(axis=1)
    return wrong[np.argsort(gaps, kind="stable")][:count]


def _mask(probabilities, labels, count):
    return probabilities.argmax(axis=1) != labels


def _all_sorted_without_care(probabilities, labels, count):
    order = np.argsort(-probabilities.max(axis=1))
    return order[(probabilities.argmax(axis=1) != labels)[order]][:count]


def _all_sorted_and_turned(probabilities, labels, count):
    order = np.argsort(probabilities.max(axis=1))[::-1]
    return order[(probabilities.argmax(axis=1) != labels)[order]][:count]


def _mask_in_the_old_order(probabilities, labels, count):
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    return order[probabilities.argmax(axis=1) != labels][:count]


def _right_ones_at_the_end(probabilities, labels, count):
    sureness = probabilities.max(axis=1) * (probabilities.argmax(axis=1) != labels)
    return np.argsort(-sureness, kind="stable")[:count]


SURENESS = "sureness = probabilities[wrong, predicted[wrong]]"
SORT = 'np.argsort(-sureness, kind="stable")'
CUT = "wrong[order][:count]"

_ORDERS = (
    Mistake(
        "least sure first",
        "Yours begin with the least sure mistakes. In which direction does the sorting go?",
        {"np.argsort(-sureness": "np.argsort(sureness"},
    ),
    Mistake(
        "surest last",
        "You have the right pictures in the wrong order: the surest comes first.",
        {"[:count]": "[:count][::-1]"},
    ),
    Mistake(
        "equal ones turned round",
        "Of two equally sure mistakes the earlier one comes first. Sorting upwards and turning the "
        "result round turns these round, too.",
        {SORT: 'np.argsort(sureness, kind="stable")[::-1]'},
    ),
    Mistake(
        "equal ones in no order",
        "Of two equally sure mistakes the earlier one comes first. Your sort makes no promise "
        "about equal ones: which `kind` keeps them as they were?",
        {', kind="stable"': ""},
    ),
    Mistake(
        "equal ones in no order, all sorted",
        "Among equally sure mistakes yours come in no order: the earlier one comes first. What "
        "does your sort of all pictures do with equal ones?",
        _all_sorted_without_care,
    ),
    Mistake(
        "equal ones in no order, turned round",
        "Of two equally sure mistakes the earlier one comes first. You turn the result of a sort "
        "round, and the sort makes no promise about equal ones either.",
        {SORT: "np.argsort(sureness)[::-1]"},
    ),
    Mistake(
        "equal ones in no order, all turned round",
        "Among equally sure mistakes the earlier one comes first. You sort all pictures upwards "
        "and turn them round: what becomes of equal ones?",
        _all_sorted_and_turned,
    ),
    Mistake(
        "sorted by number at the end",
        "Those are the right pictures, sorted by their numbers: the surest comes first.",
        {CUT: f"np.sort({CUT})"},
    ),
)

_CHOICES = (
    Mistake(
        "places among the mistakes",
        "Your numbers count among the mistakes only: 0 is the first mistake, not the first "
        "picture. Which pictures are they?",
        {"wrong[order]": "order"},
    ),
    Mistake(
        "not sorted",
        "Those are mistakes, but in the order of the pictures. Which one is the network surest of?",
        {CUT: "wrong[:count]"},
    ),
    Mistake(
        "cut before sorting",
        "You sort the first mistakes only: a surer one may come later. What comes first, sorting "
        "or cutting?",
        {"np.flatnonzero(predicted != labels)": "np.flatnonzero(predicted != labels)[:count]"},
    ),
    Mistake(
        "right ones",
        "Those pictures are read rightly. Which comparison tells the mistakes?",
        {"predicted != labels": "predicted == labels"},
    ),
    Mistake(
        "mistakes not asked for",
        "Rightly read pictures are among yours: you have the surest of all answers.",
        _surest_of_all,
    ),
    Mistake(
        "mistakes chosen too late",
        "You take the surest of all answers, and of these the mistakes: too few are left. What "
        "comes first?",
        _surest_of_all_if_wrong,
    ),
    Mistake(
        "mask in the old order",
        "You pick from the sorted pictures with a mask in the old order of the pictures: entry 0 "
        "tells of picture 0. Bring the mask into the sorted order, or choose first.",
        _mask_in_the_old_order,
    ),
    Mistake(
        "right ones fill the list up",
        "Where there are fewer mistakes than `count`, rightly read pictures fill yours up: they "
        "come last in your sorting, but they come.",
        _right_ones_at_the_end,
    ),
    Mistake(
        "sure ones only",
        "You leave out mistakes of which the network is less than half sure. Every mistake counts.",
        {"predicted != labels": "(predicted != labels) & (probabilities.max(axis=1) > 0.5)"},
    ),
    Mistake(
        "larger classes only",
        "Mistakes are missing whose predicted class has the smaller number. Which comparison finds "
        "all that differ?",
        {"predicted != labels": "predicted > labels"},
    ),
)

_SURENESS = (
    Mistake(
        "probability of the label",
        "You sort by the probability of the right class. How sure is the network of what it "
        "answers?",
        {SURENESS: "sureness = probabilities[wrong, labels[wrong]]"},
    ),
    Mistake(
        "label least probable first",
        "You sort by how little the network thinks of the right class. Asked for is how sure it is "
        "of the class it answers.",
        {SURENESS: "sureness = -probabilities[wrong, labels[wrong]]"},
    ),
    Mistake(
        "lead over the second",
        "You sort by the lead over the second class. Sure is meant simply: the probability of the "
        "predicted class.",
        _by_lead,
    ),
    Mistake(
        "lead over the label",
        "You sort by the lead over the right class. Sure is meant simply: the probability of the "
        "predicted class.",
        _by_the_gap_to_the_label,
    ),
    Mistake(
        "sureness of other pictures",
        "You take the wrong rows of `probabilities`: the sureness of your first mistake is that of "
        "picture 0.",
        {SURENESS: "sureness = probabilities.max(axis=1)[: len(wrong)]"},
    ),
    Mistake(
        "one maximum for all",
        "You take a single maximum over all rows and columns, so there is nothing to sort by. "
        "Along which axis does every picture get its own?",
        {SURENESS: "sureness = probabilities[wrong].max()"},
    ),
    Mistake(
        "sorted by class",
        "You sort by the number of the predicted class. `argmax` tells where the largest "
        "probability stands, not how large it is.",
        {SURENESS: "sureness = predicted[wrong]"},
    ),
)

_RESULTS = (
    Mistake(
        "true and false",
        "You return True or False for every picture. Asked for are numbers: which pictures are "
        "True?",
        _mask,
    ),
    Mistake(
        "all mistakes",
        "You return all mistakes. `count` says how many are asked for.",
        {"[:count]": ""},
    ),
    Mistake(
        "one too few",
        "One is missing at the end: a slice ends before its second number.",
        {"[:count]": "[: count - 1]"},
    ),
    Mistake(
        "probabilities returned",
        "You return how sure the network is. Asked for are the numbers of the pictures.",
        {CUT: "sureness[order][:count]"},
    ),
    Mistake(
        "predicted classes returned",
        "You return what the network answers. Asked for are the numbers of the pictures.",
        {CUT: "predicted[wrong[order]][:count]"},
    ),
    Mistake(
        "labels returned",
        "You return the labels. Asked for are the numbers of the pictures.",
        {CUT: "labels[wrong[order]][:count]"},
    ),
)

KNOWN = (*_ORDERS, *_CHOICES, *_SURENESS, *_RESULTS)
