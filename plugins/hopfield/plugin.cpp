#include <ansatz/plugin.hpp>

#include "network_model.hpp"
#include "theory_model.hpp"

ANSATZ_PLUGIN("hopfield", "1.0.0", ansatz::hopfield::NetworkModel, ansatz::hopfield::Theory)
