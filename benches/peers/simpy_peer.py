"""The workloads in SimPy, as its tutorial would write them: a process per item, customer or client.

python3 simpy_peer.py hold|mm1|push SIZE [PENDING] [SEED]
"""

import math
import random
import sys

import simpy

TRIES, RETRY, RATE, LOAD = 18, 5.0, 1000.0, 0.8


def hold(size, pending):
    env = simpy.Environment()
    served = 0

    def item():
        nonlocal served
        while served < size:
            yield env.timeout(random.expovariate(1.0))
            served += 1

    for _ in range(pending):
        env.process(item())
    while served < size:
        env.step()
    return (env.now * pending / size,)


def mm1(size, _):
    env = simpy.Environment()
    server = simpy.Resource(env)
    waits = []

    def customer():
        arrived = env.now
        with server.request() as request:
            yield request
            waits.append(env.now - arrived)
            yield env.timeout(random.expovariate(1.0))

    def arrivals():
        while len(waits) < size:
            yield env.timeout(random.expovariate(LOAD))
            env.process(customer())

    env.process(arrivals())
    env.run()
    return (sum(waits) / len(waits),)


def push(size, _):
    env = simpy.Environment()
    waits = []
    stalled = 0

    def lognormal(median, sigma):
        return random.lognormvariate(math.log(median), sigma)

    def config(installed):
        yield env.timeout(lognormal(0.015, 0.8))
        installed.append(True)

    def client():
        nonlocal stalled
        installed = []
        yield env.timeout(lognormal(0.080, 0.5))
        first_sent = env.now
        if random.random() >= 0.01:
            env.process(config(installed))
        yield env.timeout(lognormal(0.040, 0.4))
        tries = 1
        while not installed:
            if tries == TRIES:
                stalled += 1
                return
            yield env.timeout(RETRY)
            tries += 1
        yield env.timeout(lognormal(0.040, 0.4))
        wait = env.now - first_sent
        waits.append(wait)
        stalled += wait > RETRY

    def arrivals():
        for _ in range(size):
            env.process(client())
            yield env.timeout(random.expovariate(RATE))

    env.process(arrivals())
    env.run()
    return sum(waits) / len(waits), stalled / size


def main():
    workload, *numbers = sys.argv[1:]
    size, pending, seed = [int(number) for number in numbers] + [100_000, 1000, 1][len(numbers):]
    random.seed(seed)
    print(*{"hold": hold, "mm1": mm1, "push": push}[workload](size, pending))


main()
