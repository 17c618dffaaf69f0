// How good an estimate is: the list of models.
#include <ansatz/plugin.hpp>

#include "measure.hpp"

ANSATZ_PLUGIN("measure", "1.0.0", ansatz::measure::Measure)
