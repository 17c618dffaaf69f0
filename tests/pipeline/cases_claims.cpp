#include "cases.hpp"

namespace ansatz::host {

namespace {

Case claim(const std::string& text, std::vector<std::string> codes, std::vector<std::string> words = {}) {
  return steps(
      "  e: {do: measure.classification, in: {truth: digits.labels, estimate: digits.labels}}\nexpect:\n  "
      "- " +
          text + "\n",
      std::move(codes), std::move(words));
}

Case with_options(CheckOptions options, std::vector<std::string> codes, std::vector<std::string> words) {
  Case test = settings("label: a", std::move(codes), std::move(words));
  test.options = std::move(options);
  return test;
}

Case set(std::vector<std::string> overrides, std::vector<std::string> codes,
         std::vector<std::string> words = {}) {
  CheckOptions options;
  options.overrides = std::move(overrides);
  return with_options(std::move(options), std::move(codes), std::move(words));
}

Case data(const std::string& name, const std::string& file, std::vector<std::string> codes,
          std::vector<std::string> words = {}) {
  CheckOptions options;
  options.data[name] = file;
  return with_options(std::move(options), std::move(codes), std::move(words));
}

}  // namespace

std::vector<Case> claim_cases() {
  return {
      claim("{that: e.accuracy, at_least: 0.9}", {}),
      claim("{that: e.accuracy, equals: 1, within: 0.1, because: yes}", {}),
      claim("{that: e.some_metric, at_most: 3}", {}),
      claim("@@{that: e.accuracy}", {"P070"}, {"add at_least"}),
      claim("@@{that: e.accuracy, equals: 1, at_least: 0}", {"P070"}),
      claim("@@{that: e.accuracy, at_least: 1, within: 0.1}", {"P070"}),
      claim("@@{that: e.accuracy, equals: 1, within: -0.1}", {"P070"}),
      claim("@@{that: e.accuracy, at_least: 2, at_most: 1}", {"P070"}, {"no number can do"}),
      claim("{that: e.accuracy, at_least: @@high}", {"P030"}, {"a number"}),
      claim("{that: e.accuracy, at_least: @@97%}", {"P030"}, {"write 0.97"}),
      claim("{that: e.accuracy, at_least: @@010}", {"P032"}),
      claim("{that: e.accuracy, at_least: @@.nan}", {"P033"}),
      claim("{that: e.accuracy, equals: 1, @@within: , because: @@12}", {"P036", "P035"}),
      claim("@@{at_least: 1}", {"P022"}, {"'that'"}),
      claim("{that: e.accuracy, at_least: 1, @@why: no}", {"P020"}),
      claim("@@e.accuracy > 0.9", {"P021"}),
      claim("{that: @@f.accuracy, at_least: 1}", {"P051"}),
      claim("{that: @@digits.images, at_least: 1}", {"P051"}, {"is data"}),
      claim("{that: @@e, at_least: 1}", {"P050"}),
      claim("{that: @@e.confusion, at_least: 1}", {"P071"}, {"c,c"}),
      claim("{that: @@e.verdict, at_least: 1}", {"P071"}, {"a text"}),
      claim("{that: @@e.acuracy, at_least: 1}", {"P072"}, {"did you mean 'accuracy'?", "warning"}),
      {with_steps("  a: {do: prepare.generate}\nexpect: @@{that: a.x}\n"), {"P021"}, {}, {}},

      set({"fit.penalty=0.5", "seed=3", "name=b", "fit.length=[1, 2]", "fit.label=\"12\""}, {}),
      set({"fit.penalty"}, {"P080"}, {"--set 'fit.penalty'", "step.parameter=value"}),
      set({"penalty=1"}, {"P080"}),
      set({".penalty=1"}, {"P080"}),
      set({"seeed=1"}, {"P080"}, {"did you mean 'seed'?"}),
      set({"fit.length=[1, 2"}, {"P080"}, {"','"}),
      set({"fit.penalty=*a"}, {"P080"}, {"alias"}),
      set({"fit.label=\xFF"}, {"P080"}, {"\\xff"}),
      set({"fti.penalty=1"}, {"P081"}, {"did you mean 'fit'?"}),
      set({"fit.penalty=-1"}, {"P033"}, {"--set 'fit.penalty=-1'", "real >= 0"}),
      set({"fit.penalty="}, {"P036"}, {"--set 'fit.penalty='"}),
      set({"fit.length=[1, 0]"}, {"P033"}, {"--set 'fit.length=[1, 0]'"}),
      set({"fit.penalti=1"}, {"P045"}, {"--set 'fit.penalti=1'", "did you mean 'penalty'?"}),
      set({"fit.intercept=yes"}, {"P031"}),
      set({"fit.degree=2"}, {"P048"}, {"--set 'fit.degree=2'"}),
      set({"seed=1.5"}, {"P030"}, {"--set 'seed=1.5'"}),
      set({"name=a b"}, {"P025"}),
      data("digits", "/elsewhere/digits.h5", {}),
      data("digit", "/elsewhere/digits.h5", {"P082"}, {"did you mean 'digits'?"}),
      data("one", "/elsewhere/two.npy", {"P061"}, {"--data 'one'", "/elsewhere/two.npy"}),
  };
}

}  // namespace ansatz::host
