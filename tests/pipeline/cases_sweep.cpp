// `sweep:` and `report:`.
#include "cases.hpp"

namespace ansatz::host {
namespace {

// Behind a step `fit` of a ridge and a step `e` that measures.
Case behind(const std::string& rest, std::vector<std::string> codes, std::vector<std::string> words = {}) {
  return steps(
      "  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}}\n"
      "  guess: {do: ridge.predict, model: fit, in: {x: digits.images}}\n"
      "  e: {do: measure.classification, in: {truth: digits.labels, estimate: digits.labels}}\n" +
          rest + "\n",
      std::move(codes), std::move(words));
}

Case sweep(const std::string& text, std::vector<std::string> codes, std::vector<std::string> words = {}) {
  return behind("sweep: " + text, std::move(codes), std::move(words));
}

Case picture(const std::string& text, std::vector<std::string> codes, std::vector<std::string> words = {}) {
  return behind("report:\n  - " + text, std::move(codes), std::move(words));
}

}  // namespace

std::vector<Case> sweep_cases() {
  Case overridden = sweep("{grid: {fit.penalty: [1, 2]}}", {"P101"}, {"--set 'fit.penalty=3'", "run-point"});
  overridden.options.overrides = {"fit.penalty=3"};
  return {
      sweep("{grid: {fit.penalty: [0.1, 1], fit.kernel: [gaussian, laplacian]}, seeds: 3}", {}),
      sweep("{zip: {fit.penalty: [0.1, 1], fit.length: [1, 2]}}", {}),
      sweep("{grid: {fit.penalty: {logspace: [1.0e-4, 1, 5]}, fit.mixture: {linspace: [0.1, 0.9, 3]}}}", {}),
      sweep("{random: {draws: 5, fit.penalty: {log_uniform: [1.0e-6, 1]}, fit.kernel: {choice: [linear, "
            "gaussian]}}}",
            {}),
      sweep("{list: [{fit.penalty: 1}, {fit.penalty: 2}], seeds: [1, 5]}", {}),
      sweep("{grid: {fit.kernel: [gaussian, polynomial], fit.degree: [2, 3]}}",
            {}),  // without effect in half
      sweep("{grid: {fit.penalty: [1, 2]}, skip: [{fit.penalty: 2, seed: 0}], seeds: 2}", {}),
      sweep("{grid: {guess.block: [1, 2]}}", {}),

      sweep("@@{}", {"P101"}, {"varies nothing"}),
      sweep("@@[1]", {"P021"}),
      sweep("{@@gird: {fit.penalty: [1]}, seeds: 2}", {"P020"}, {"did you mean 'grid'?"}),
      sweep("{grid: {@@penalty: [1]}}", {"P100"}, {"step.parameter"}),
      sweep("{grid: {@@seed: [1]}}", {"P100"}, {"seeds:"}),
      sweep("{grid: {@@fti.penalty: [1]}}", {"P100"}, {"did you mean 'fit'?"}),
      sweep("{grid: {@@fit.penalti: [1]}}", {"P045"}, {"did you mean 'penalty'?"}),
      sweep("{grid: {@@guess.penalty: [1]}}", {"P047"}, {"in the step 'fit'"}),
      sweep("{grid: {fit.penalty: [1, @@-1, @@high]}}", {"P033", "P030"}, {"About penalty", "real >= 0"}),
      sweep("{grid: {fit.penalty: [@@-1, 1], fit.length: [1, 2, 3]}}",
            {"P033"}),  // said once, not in each point
      sweep("{grid: {fit.kernel: [gaussian, @@gausian]}}", {"P034"}, {"did you mean 'gaussian'?"}),
      sweep("{grid: {fit.penalty: @@1}}", {"P021"}, {"logspace"}),
      sweep("{grid: {fit.penalty: @@[]}}", {"P101"}),
      sweep("{grid: {fit.penalty: {logspace: @@[0, 1, 5]}}}", {"P101"}, {"not their exponents"}),
      sweep("{grid: {fit.penalty: {logspace: @@[1, 5]}}}", {"P101"}, {"how many"}),
      sweep("{grid: {fit.penalty: {linspace: [1, 5, @@0]}}}", {"P033"}),
      sweep("{grid: {fit.penalty: {@@logspce: [1, 5, 3]}}}", {"P020"}, {"did you mean 'logspace'?"}),
      sweep("{zip: {fit.penalty: [1, 2], fit.length: @@[1, 2, 3]}}", {"P101"}, {"has 3 values", "has 2"}),
      sweep("{grid: {fit.penalty: [1, 2]}, zip: {@@fit.penalty: [1, 2]}}", {"P101"}, {"swept twice"}),
      sweep("{list: [{fit.penalty: 1}, @@{fit.length: @@2}]}", {"P101", "P101"}, {"same parameters"}),
      sweep("{random: @@{fit.penalty: {uniform: [0, 1]}}}", {"P022"}, {"draws"}),
      sweep("{random: {draws: 3, fit.penalty: {uniform: @@[1, 0]}}}", {"P101"}, {"swap"}),
      sweep("{random: {draws: 3, fit.penalty: {log_uniform: @@[0, 1]}}}", {"P101"}),
      sweep("{random: {draws: 3, fit.penalty: {@@normal: [0, 1]}}}", {"P020"}),
      sweep("{grid: {fit.penalty: [1]}, seeds: @@0}", {"P033"}),
      sweep("{grid: {fit.penalty: [1]}, seeds: @@three}", {"P030"}),
      sweep("{seeds: [1, @@1]}", {"P101"}, {"twice"}),
      sweep("@@{grid: {fit.penalty: {linspace: [0, 1, 1000]}}, seeds: 1000}", {"P101"}, {"100000"}),
      sweep("{grid: {fit.penalty: [1, 2]}, skip: [{@@fit.length: 1}]}", {"P101"}, {"does not vary"}),
      sweep("{grid: {fit.penalty: [1, 2]}, skip: [@@{fit.penalty: 3}]}", {"P102"}, {"warning"}),
      sweep("{grid: {fit.penalty: [1, 2]}, skip: @@[{fit.penalty: [1, 2]}]}", {"P101"}, {"no point"}),
      overridden,

      picture("{plot: line, x: fit.penalty, y: e.accuracy, group: fit.kernel, band: seed}", {}),
      picture("{plot: line, y: [fit.loss, fit.fitted], low: [fit.loss, fit.loss], high: [fit.loss, "
              "fit.loss], log: [x, y]}",
              {}),
      picture("{plot: image-grid, rows: [fit.fitted, guess.y], count: 10, height: 8, width: 8}", {}),
      picture("{plot: heat-map, value: e.confusion, title: Errors, x_label: estimated}", {}),
      picture("{plot: histogram, y: guess.y, bins: 20, log: y}", {}),
      picture("{plot: table, columns: [seed, e.accuracy]}", {}),
      picture("@@fit.loss", {"P021"}),
      picture("@@{y: fit.loss}", {"P022"}, {"image-grid"}),
      picture("{plot: @@lines, y: fit.loss}", {"P034"}, {"did you mean 'line'?"}),
      picture("@@{plot: line, x: fit.loss}", {"P022"}, {"'y'"}),
      picture("{plot: line, y: fit.loss, @@rows: fit.loss}", {"P020"}),
      picture("{plot: line, y: @@fti.loss}", {"P051"}, {"did you mean 'fit'?"}),
      picture("{plot: line, y: @@digits.images}", {"P051"}, {"does not hold"}),
      picture("{plot: line, y: @@fit}", {"P050"}),
      picture("{plot: line, y: @@fit.losss}", {"P072"}, {"did you mean 'loss'?", "warning"}),
      picture("{plot: line, y: @@[]}", {"P036"}),
      picture("{plot: line, y: fit.loss, low: @@fit.loss}", {"P090"}, {"low stands without high"}),
      picture("{plot: line, y: [fit.loss, fit.fitted], low: @@fit.loss, high: fit.loss}", {"P090"},
              {"2 curves"}),
      picture("{plot: line, y: fit.loss, low: fit.loss, high: fit.loss, band: @@seed}", {"P090"}),
      picture("{plot: line, y: fit.loss, log: @@z}", {"P034"}, {"[x, y]"}),
      picture("{plot: image-grid, rows: guess.y, count: @@0}", {"P033"}, {"1 to 100"}),
      picture("{plot: image-grid, rows: guess.y, height: @@eight}", {"P030"}),
      picture("{plot: line, y: fit.loss, title: @@12}", {"P035"}),
      behind("report: @@line", {"P021"}),
  };
}

}  // namespace ansatz::host
