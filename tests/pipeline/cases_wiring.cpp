#include "cases.hpp"

namespace ansatz::host {

namespace {

const std::string split = "  split: {do: prepare.split, in: {x: digits.images, y: digits.labels}}\n";
const std::string fit = "  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}}\n";
const std::string blobs = "  blobs: {do: prepare.generate}\n";

std::vector<Case> reference_cases() {
  return {
      steps("  a: {do: prepare.split, in: {x: @@digits., y: @@.labels}}\n", {"P050", "P050"}, {"data.item"}),
      steps("  a: {do: prepare.split, in: {x: @@'digits images'}}\n", {"P050"}),
      steps("  a: {do: prepare.split, in: {x: @@[digits.images]}}\n", {"P021"}),
      steps(blobs + "  a: {do: prepare.split, in: {x: @@blobs}}\n", {"P050"}, {"one of x, label"}),
      steps(fit + "  b: {do: ridge.predict, model: fit, in: {x: digits.images}}\n"
                  "  a: {do: prepare.split, in: {x: @@b}}\n",
            {"P050"}, {"write b.y"}),
      steps("  a: {do: prepare.split, in: {x: @@digit.images}}\n", {"P051"}, {"did you mean 'digits'?"}),
      steps(split + "  a: {do: ridge.fit, in: {x: @@splt.train_x, y: split.train_y}}\n", {"P051"},
            {"did you mean 'split'?"}),
      steps("  a: {do: prepare.split, in: {x: digits.images, @@z: digits.labels}}\n", {"P052"},
            {"one of x, y"}),
      steps("  a: {do: prepare.generate, in: {@@x: digits.images}}\n", {"P052"}, {"no inputs"}),
      steps("  @@a: {do: ridge.fit, in: {x: digits.images}}\n", {"P053"}, {"'y'", "n,m|n", "About y"}),
      steps("  @@@@a: {do: ridge.fit}\n", {"P053", "P053"}),
      steps(split + "  a: {do: ridge.fit, in: {x: @@split.train-x, y: split.train_y}}\n", {"P054"},
            {"did you mean 'train_x'?"}),
      steps(split + "  a: {do: prepare.split, in: {x: @@split.training}}\n", {"P054"}, {"one of train_x"}),
      // A step that is wrong itself has no consequences elsewhere.
      steps(
          "  a: {do: @@prepare.splitt, in: {x: digits.images}}\n  b: {do: ridge.fit, in: {x: a.u, y: a.v}}\n",
          {"P042"}),
      // Cycles.
      steps("  a: {do: prepare.split, in: {x: b.train_x}}\n  b: {do: prepare.split, in: {x: @@a.train_x}}\n",
            {"P055"}, {"a -> b -> a"}),
      steps("  a: {do: prepare.split, in: {x: @@a.train_x}}\n", {"P055"}, {"a -> a"}),
      steps("  fit: {do: ridge.fit, in: {x: digits.images, y: out.y}}\n"
            "  out: {do: ridge.predict, model: @@fit, in: {x: digits.images}}\n",
            {"P055"}, {"fit -> out -> fit"}),
      steps("  a: {do: prepare.split, in: {x: b.train_x}}\n  b: {do: prepare.split, in: {x: @@a.train_x}}\n"
            "  c: {do: prepare.split, in: {x: d.train_x}}\n  d: {do: prepare.split, in: {x: @@c.train_x}}\n",
            {"P055", "P055"}),
      // Models.
      steps(blobs + "  a: {do: ridge.predict, model: @@blobs, in: {x: digits.images}}\n", {"P056"},
            {"learns nothing"}),
      steps(fit + "  s: {do: prepare.scale.learn, in: {x: digits.images}}\n"
                  "  a: {do: ridge.predict, model: @@s, in: {x: digits.images}}\n",
            {"P056"}, {"prepare.scale", "(fit)"}),
      steps("  s: {do: prepare.scale.learn, in: {x: digits.images}}\n"
            "  a: {do: prepare.robust.apply, model: @@s, in: {x: digits.images}}\n",
            {"P056"}),
      steps(fit + "  a: {do: @@ridge.predict, in: {x: digits.images}}\n", {"P057"}, {"model: step (fit)"}),
      steps("  a: {do: @@ridge.predict, in: {x: digits.images}}\n", {"P057"}, {"add one"}),
      steps(fit + "  a: {do: prepare.generate, model: @@fit}\n", {"P058"}),
      steps(fit + "  a: {do: ridge.predict, model: @@fti, in: {x: digits.images}}\n", {"P051"},
            {"did you mean 'fit'?"}),
      steps(fit + "  a: {do: ridge.predict, model: @@digits, in: {x: digits.images}}\n", {"P051"}),
  };
}

std::vector<Case> array_cases() {
  const std::string head = "ansatz: 1\nname: a\n", tail = "steps: {a: {do: prepare.generate}}\n";
  return {
      // Element types.
      steps("  a: {do: measure.classification, in: {truth: @@digits.words, estimate: digits.labels}}\n",
            {"P059"}, {"text", "f64, f32"}),
      steps(
          split + "  a: {do: measure.classification, in: {truth: @@split.names, estimate: split.train_y}}\n",
          {"P059"}),
      steps("  a: {do: prepare.split, in: {x: digits.images, y: digits.words}}\n", {}),
      // Sizes of data: both ports, both sizes.
      steps("  a: {do: ridge.fit, in: {x: digits.images, y: @@digits.few}}\n", {"P060"},
            {"'x' ('digits.images') has n = 100", "'y' ('digits.few') has n = 60"}),
      steps("  a: {do: ridge.fit, in: {y: @@digits.few, x: digits.images}}\n", {"P060"}),
      steps("  a: {do: ridge.fit, in: {x: digits.images, y: digits.images}}\n", {}),
      // Ranks.
      steps("  a: {do: ridge.fit, in: {x: @@digits.cube, y: digits.labels}}\n", {"P060"},
            {"100 x 8 x 8 (rank 3)", "dims \"n,d\""}),
      steps("  a: {do: ridge.fit, in: {x: @@digits.labels, y: @@digits.cube}}\n", {"P060", "P060"}),
      steps("  a: {do: prepare.split, in: {x: digits.cube, y: digits.labels}}\n", {}),
      steps("  a: {do: prepare.split, in: {x: digits.cube, y: @@digits.few}}\n", {"P060"}),
      // Fixed sizes.
      steps("  a: {do: measure.norm, in: {x: @@digits.labels}}\n", {"P060"}, {"has 100", "the size is 3"}),
      steps("  a: {do: measure.norm, in: {x: digits.odd/name.x}}\n", {}),
      // Through steps: what an output shares with the inputs is known, the rest is not.
      steps(fit + "  out: {do: ridge.predict, model: fit, in: {x: digits.images}}\n"
                  "  a: {do: measure.classification, in: {truth: digits.few, estimate: @@out.y}}\n",
            {"P060"}, {"'estimate' ('out.y') has n = 100", "'truth' ('digits.few') has n = 60"}),
      steps(fit + "  out: {do: ridge.predict, model: fit, in: {x: digits.images}}\n"
                  "  a: {do: measure.classification, in: {truth: digits.labels, estimate: out.y}}\n",
            {}),
      steps(split + "  a: {do: ridge.fit, in: {x: split.train_x, y: split.test_y}}\n", {}),  // not known yet
      steps(split + "  a: {do: ridge.fit, in: {x: @@split.train_y, y: split.train_y}}\n", {"P060"},
            {"? (rank 1)"}),
      steps(blobs + "  a: {do: measure.norm, in: {x: @@blobs.x}}\n", {"P060"}, {"? x 2 (rank 2)"}),
      steps(fit + "  a: {do: measure.norm, in: {x: @@fit.loss}}\n", {"P060"}, {"a scalar"}),
      // Files and arrays.
      {head + "data: {a1: {file: @@missing.h5}}\n" + tail, {"P061"}, {"no such file", "/project/missing.h5"}},
      {head + "data: {a1: {file: one.npy, header: @@no}}\n" + tail, {"P031"}, {"write false"}},
      {head + "data: {a1: {file: one.npy, header: @@1}}\n" + tail, {"P030"}, {"names the columns"}},
      {head + "data: {a1: {file: one.npy, header: false}}\n" + tail, {}, {}},
      steps("  a: {do: prepare.split, in: {x: @@digits.image}}\n", {"P062"}, {"no array 'image'"}),
      steps("  a: {do: prepare.split, in: {x: @@digits}}\n", {"P062"}),
      steps("  a: {do: prepare.split, in: {x: one}}\n", {}),
      {head + "data: {a1: {file: @@missing.h5}}\nsteps: {a: {do: prepare.split, in: {x: a1.b, y: a1.c}}}\n",
       {"P061"},
       {}},
  };
}

}  // namespace

std::vector<Case> wiring_cases() {
  std::vector<Case> cases = reference_cases();
  for (Case& test : array_cases()) cases.push_back(std::move(test));
  return cases;
}

}  // namespace ansatz::host
