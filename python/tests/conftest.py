import copy

import pytest

# Two points, two strategies, four replications of about a thousand events.
SMALL = {
    "name": "small",
    "description": "Does pull repair lost pushes?",
    "seed": 7,
    "replications": 4,
    "horizon": "40s",
    "warmup": "5s",
    "clients": {"arrivals": {"poisson": "2/s"}},
    "gateways": {"count": 3},
    "strategies": {"push": {"push": {}}, "jit": {"pull": {"answer": "initiate"}}},
    "sweep": [{"bus.loss": [0.0, 0.1]}],
    "output": {"bin": "10s"},
}


@pytest.fixture
def small():
    return copy.deepcopy(SMALL)


@pytest.fixture(scope="session")
def result(tmp_path_factory):
    import pushpull

    return pushpull.run(SMALL, out=tmp_path_factory.mktemp("results") / "small")
