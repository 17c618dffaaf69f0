#include <ansatz/plugin.hpp>

#include "graded_model.hpp"
#include "network_model.hpp"
#include "theory_model.hpp"

ANSATZ_PLUGIN("hopfield", "1.0.0", ansatz::hopfield::NetworkModel, ansatz::hopfield::GradedModel,
              ansatz::hopfield::Theory)
