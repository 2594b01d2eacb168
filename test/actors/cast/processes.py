"""Numbers of smtpd processes. One process serves one client after the other; visits are played in
another order than their times are, so that in the log two of its sessions may overlap. The later
one then gets the number of a process of its own.
"""
import collections


def renumber(lines):
    """`lines` in the order of time, each (time, number, text, session), where session is (process,
    count) or None. Yields (time, text)."""
    spans = collections.OrderedDict()  # session -> [first line, last line]
    for index, (_, _, _, session) in enumerate(lines):
        if session:
            spans.setdefault(session, [index, index])[1] = index
    processes = _processes(spans)
    for at, _, text, session in lines:
        if session and processes[session] != session[0]:
            text = text.replace(b"[%s]" % session[0], b"[%s]" % processes[session], 1)
        yield at, text


def _processes(spans):
    """session -> the number of its process; two that overlap have two."""
    numbers = collections.defaultdict(list)  # process -> [[number, last line of its last session]]
    unused = max((int(process) for process, _ in spans), default=0)
    found = {}
    for session, (first, last) in spans.items():
        mine = numbers[session[0]]
        free = next((one for one in mine if one[1] < first), None)
        if free is None:
            unused += bool(mine)
            free = [b"%d" % unused if mine else session[0], last]
            mine.append(free)
        free[1] = last
        found[session] = free[0]
    return found
