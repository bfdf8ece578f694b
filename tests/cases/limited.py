#!/usr/bin/env python3
"""Reconnects that the case `strangers` must show under `limited`, from the mean numbers of clients alone.

A session ends in a reconnect where a packet of a rekey is lost; so what counts is how many rekeys there are, and so when
clients connect. Time is cut into steps, a fifth of the mean gap between two initiations. Of each step's newcomers only
the expected number that still knocks is kept; whoever finds no token knocks again one gap later, twenty times in all.
"""

from math import exp

GAP, PARTS, TRIES = 5.0 + 0.333 / 2, 5, 20  # between initiations, s; steps in it; initiations
STEP = GAP / PARTS
WARMUP, HORIZON, END = 180.0, 1200.0, 1310.0
CLIENTS, STRANGERS = 1.0, 3.0  # per second and gateway
RATE, BURST = 4.0, 8.0  # of the token bucket
SESSION, AWAY, RETURNS = 600.0, 1800.0, 0.2
REKEY, LOSS = 120.0, 0.001
STEPS = int(END / STEP)


def first_connections():
    """Clients that get their token in each step, per gateway."""
    tokens, clients, strangers, connected = BURST, [], [], []
    for step in range(STEPS):
        clients.append(CLIENTS * STEP if step * STEP < HORIZON else 0.0)
        # Of strangers: those that ask, and those whose next two knocks, or next one, meet their negative entry.
        strangers.append((STRANGERS * STEP, 0.0, 0.0))
        knocking = [step - PARTS * n for n in range(TRIES) if step >= PARTS * n]
        demand = sum(clients[i] + strangers[i][0] for i in knocking)
        share = min(1.0, (tokens + RATE * STEP) / demand)
        tokens = min(BURST, tokens + RATE * STEP - share * demand)
        connected.append(sum(share * clients[i] for i in knocking))
        for i in knocking:
            clients[i] *= 1 - share
            asking, two, one = strangers[i]
            strangers[i] = (asking * (1 - share) + one, asking * share, two)
    return connected


def with_returns(first):
    """Connections in each step, with those of clients that come back."""
    all_of_them, alive, away = [], 0.0, 0.0
    for step, connected in enumerate(first):
        back = away * STEP / AWAY if step * STEP < HORIZON else 0.0
        ended = alive * STEP / SESSION
        alive += connected + back - ended
        away += RETURNS * ended - back
        all_of_them.append(connected + back)
    return all_of_them


def counted_rekeys(connections):
    """Of a session that began in the middle of a step the k-th rekey comes if it lasts that long."""
    return sum(
        number * exp(-k * REKEY / SESSION)
        for step, number in enumerate(connections)
        for k in range(1, 11)
        if WARMUP <= (step + 0.5) * STEP + k * REKEY < HORIZON
    )


rekeys = counted_rekeys(with_returns([2 * number for number in first_connections()]))
# One of two packets is lost, and the session still runs when the initiation is repeated.
reconnects = rekeys * (1 - (1 - LOSS) ** 2) * exp(-GAP / SESSION)
print(f"{rekeys:.0f} rekeys, {reconnects:.2f} reconnects")
