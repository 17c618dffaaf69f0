#include "cases.hpp"

namespace ansatz::host {

std::vector<Case> plugin_cases() {
  const std::string fit = "  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}}\n";
  const std::vector<Case> cases{
      steps("  a: {do: prepare.blobs.generate}\n", {}),
      steps("  a: {do: @@rigde.fit}\n", {"P040"},
            {"did you mean 'ridge'?", "searched /plugins", "measure, prepare"}),
      steps("  a: {do: @@refused.fit}\n  b: {do: @@refused.fit}\n", {"P040", "P040"},
            {"plugin 'refused': it was linked with -ffast-math", "see above"}),
      steps("  a: {do: @@ridge.rigde.fit}\n", {"P041"}, {"did you mean 'ridge'?"}),
      steps("  a: {do: @@ridge.fitt}\n", {"P042"}, {"did you mean 'fit'?", "fit, predict, refine"}),
      steps("  a: {do: @@ridge.ridge.train}\n", {"P042"}),
      steps("  a: {do: @@ridge.ridge}\n", {"P042"}, {"is a model", "ridge.ridge.VERB"}),
      steps("  a: {do: @@prepare.learn, in: {x: digits.images}}\n", {"P043"},
            {"prepare.scale.learn, prepare.robust.learn"}),
      steps("  a: {do: prepare.scale.learn, in: {x: digits.images}}\n", {}),
      steps("  a: {do: @@ridge}\n  b: {do: @@a.b.c.d}\n  c: {do: @@ridge..fit}\n  d: {do: @@.fit}\n",
            {"P044", "P044", "P044", "P044"}, {"plugin.verb"}),
      steps("  a: {do: @@[ridge.fit]}\n  b: {do: @@1.5}\n  c: {@@do: }\n", {"P021", "P035", "P036"}),
      settings("@@penalti: 0.1", {"P045"}, {"did you mean 'penalty'?"}),
      settings("@@test: 0.1", {"P045"}, {"one of kernel"}),
      steps("  a: {do: prepare.generate, with: {@@n: 3}}\n", {"P045"}, {"no parameters"}),
      steps(fit + "  @@more: {do: ridge.refine, model: fit, in: {x: digits.images}}\n", {"P046"},
            {"'rounds'", "About rounds", "(required)"}),
      steps(fit + "  more: {do: ridge.refine, model: fit, in: {x: digits.images}, with: {rounds: @@x}}\n",
            {"P030"}),
      steps(fit + "  more: {do: ridge.refine, in: {x: digits.images}, with: {rounds: 2, penalty: 0.5}}\n",
            {}),
      steps(fit + "  more: {do: ridge.refine, model: fit, in: {x: digits.images}, with: {rounds: 2, "
                  "@@penalty: 0.5}}\n",
            {"P047"}, {"set it in the step 'fit'"}),
      steps(fit + "  out: {do: ridge.predict, model: fit, in: {x: digits.images}, with: {@@kernel: linear, "
                  "block: 2}}\n",
            {"P047"}),
      settings("@@degree: 4", {"P048"}, {"kernel is gaussian", "polynomial, sigmoid"}),
      settings("kernel: linear, @@degree: 4", {"P048"}, {"kernel is linear"}),
      settings("kernel: polynomial, degree: 4", {}),
      settings("@@warmth: 2", {"P048"}, {"kernel is gaussian"}),
      settings("kernel: polynomial, @@warmth: 2", {"P048"}, {"no effect on ridge.fit", "used by refine"}),
      steps("  go: {do: ridge.refine, in: {x: digits.images}, with: {kernel: polynomial, warmth: 2, rounds: "
            "2}}\n",
            {}),
      settings("kernel: @@polynomal, degree: 4", {"P034"}),  // no consequences of the misspelt kernel
  };
  return cases;
}

}  // namespace ansatz::host
