//! Statistics of simulation output: intervals, paired differences, proportions, quantiles.
