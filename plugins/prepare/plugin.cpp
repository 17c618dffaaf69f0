// Data on its way into a model: the list of models.
#include <ansatz/plugin.hpp>

#include "generate.hpp"
#include "standardise.hpp"
#include "tables.hpp"

ANSATZ_PLUGIN("prepare", "1.0.0", ansatz::prepare::Tables, ansatz::prepare::Standardise,
              ansatz::prepare::Generate)
