"""Runs experiments of the simulator `pushpull`, and reads its result folders.

    import pushpull

    result = pushpull.run("incident.toml", vary={"bus.loss": [0, 0.01, 0.1]}, replications=40)
    result                           # in a notebook: conclusion, table, figure
    result.summary                   # a data frame: polars, else pandas, else columns
    result.figure("waits")           # one figure of `pushpull plot`

The program is part of the package; `pushpull.program()` tells where. Tables are polars frames if polars is installed,
else pandas frames, else a dictionary of columns.
"""

from ._program import Error, Failed, GoalMissed, Invalid, Temporary, program, version
from ._result import Figure, Result, load
from ._run import run, sensitivity, solve, trace

__all__ = [
    "Error",
    "Failed",
    "Figure",
    "GoalMissed",
    "Invalid",
    "Result",
    "Temporary",
    "load",
    "program",
    "run",
    "sensitivity",
    "solve",
    "trace",
    "version",
]
__version__ = "0.1.0"
