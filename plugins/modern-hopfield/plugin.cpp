#include <ansatz/plugin.hpp>

#include "attention.hpp"
#include "continuous_model.hpp"
#include "dense_model.hpp"
#include "lagrangian_model.hpp"
#include "universal.hpp"

ANSATZ_PLUGIN("modern-hopfield", "1.0.0", ansatz::modern_hopfield::DenseModel,
              ansatz::modern_hopfield::ContinuousModel, ansatz::modern_hopfield::AttentionModel,
              ansatz::modern_hopfield::UniversalModel, ansatz::modern_hopfield::LagrangianModel)
