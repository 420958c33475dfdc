"""Bring a submission's cells into the order of the lesson, moving as few as possible."""

_WORTH = {"answer": 2, "plain": 2, "locked": 1}  # what is rather left where it is


def in_order(parts, sent, added):
    """Return the cells in the lesson's order.

    Parameters
    ----------
    parts : list of Part
    sent : list of Sent
        As they came, with their parts.
    added : dict
        Number of a part -> cell, for parts that were not sent and have to be there.

    Returns
    -------
    cells : list of Sent
    moved : list of Part

    Notes
    -----
    The student's own cells stay behind the cell that they followed; those directly above an answer
    that moves go with it, for it may need what they define.
    """
    keeps = _longest_run([cell for cell in sent if cell.part])
    placed, groups, waiting = [], [], []
    for cell in sent:
        if cell.part is None:
            waiting.append(cell)
        elif id(cell) in keeps:
            placed += [*waiting, cell]
            waiting = []
        else:
            carried = waiting if cell.part.role == "answer" else []
            placed += [] if carried else waiting
            groups.append((cell.part.place, [*carried, cell], False))
            waiting = []
    placed += waiting
    groups += [(place, [cell], cell.part.role != "locked") for place, cell in added.items()]
    for place, cells, at_once in sorted(groups, key=lambda group: group[0]):
        index = _index(placed, place, at_once)
        placed[index:index] = cells
    moved = [cell.part for cell in sent if cell.part and id(cell) not in keeps]
    return placed, moved


def _index(placed, place, at_once):
    """Return where a part belongs: directly behind its predecessor, or directly before the next."""
    if at_once:
        before = [k for k, cell in enumerate(placed) if cell.part and cell.part.place < place]
        return before[-1] + 1 if before else 0
    after = [k for k, cell in enumerate(placed) if cell.part and cell.part.place > place]
    return after[0] if after else len(placed)


def _longest_run(cells):
    """Return the cells, by identity, of the most valuable subsequence that is in order."""
    best = []  # for each cell: the value of the best run that ends with it, and its predecessor
    for k, cell in enumerate(cells):
        earlier = [j for j in range(k) if cells[j].part.place < cell.part.place]
        last = max(earlier, key=lambda j: best[j][0], default=None)
        value = best[last][0] if last is not None else 0
        best.append((value + _WORTH[cell.part.role], last))
    run, k = set(), max(range(len(cells)), key=lambda k: best[k][0], default=None)
    while k is not None:
        run.add(id(cells[k]))
        k = best[k][1]
    return run
