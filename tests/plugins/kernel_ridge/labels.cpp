// Classification: labels in, labels out.
#include <cmath>

#include "call.hpp"

using namespace kr;

namespace {

// Three clouds, far apart; labels -7, 0 and 12 in no order of the clouds.
Dense clouds(std::size_t rows, unsigned seed, std::vector<std::int64_t>& labels) {
  Dense x = reference::normal(rows, 2, seed);
  labels.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    x(i, 0) += i % 3 == 1 ? 12 : 0;
    x(i, 1) += i % 3 == 2 ? 12 : 0;
    labels[i] = i % 3 == 0 ? 12 : i % 3 == 1 ? -7 : 0;
  }
  return x;
}

}  // namespace

TEST_CASE("labels are learned as columns of 0 and 1 in ascending order of the class") {
  std::vector<std::int64_t> labels, test_labels;
  const Dense x = clouds(60, 41, labels), q = clouds(30, 42, test_labels);
  Dense targets(60, 3);
  for (std::size_t i = 0; i < 60; ++i) targets(i, labels[i] == -7 ? 0 : labels[i] == 0 ? 1 : 2) = 1;
  for (const char* precision : {"f64", "f32"}) {
    const Settings settings{{"precision", text(precision)}};
    const VerbResult classifier = fit({array_of(x), array_of(ElementType::i64, {60}, labels), settings});
    const VerbResult regression = fit({array_of(x), array_of(targets), settings});
    CHECK(same_bytes(classifier.outputs.array("fitted"), regression.outputs.array("fitted")));
    const VerbResult predicted = predict(classifier, array_of(q));
    CHECK(same_bytes(predicted.outputs.array("score"), predict(regression, array_of(q)).outputs.array("y")));
    CHECK(predicted.outputs.array("y").type == ElementType::i64);
    CHECK(predicted.outputs.array("y").shape == std::vector<std::uint64_t>{30});
    for (std::size_t i = 0; i < 30; ++i)
      CHECK(predicted.outputs.array("y").as<std::int64_t>()[i] == test_labels[i]);
  }
}

TEST_CASE("bytes and booleans are labels too; a regression has no scores") {
  std::vector<std::int64_t> labels;
  const Dense x = clouds(30, 43, labels);
  std::vector<std::uint8_t> bits(30);
  for (std::size_t i = 0; i < 30; ++i) bits[i] = labels[i] == 12 ? 1 : 0;
  for (const ElementType type : {ElementType::u8, ElementType::boolean}) {
    const VerbResult predicted = predict(fit({array_of(x), array_of(type, {30}, bits), {}}), array_of(x));
    for (std::size_t i = 0; i < 30; ++i) CHECK(predicted.outputs.array("y").as<std::int64_t>()[i] == bits[i]);
  }
  const VerbResult regression =
      predict(fit({array_of(x), array_of(reference::normal(30, 1, 44)), {}}), array_of(x));
  CHECK(regression.outputs.find_array("score") == nullptr);
}

TEST_CASE("ties go to the lowest class") {
  // Rows at -1 and 1 with labels 3 and 1: by symmetry both scores are equal at 0.
  const std::vector<std::int64_t> labels{3, 1};
  const VerbResult fitted = fit({array_of(Dense{[] {
                                   Dense x(2, 1);
                                   x.values = {-1, 1};
                                   return x;
                                 }()}),
                                 array_of(ElementType::i64, {2}, labels),
                                 {{"length", 1.0}}});
  const VerbResult predicted = predict(fitted, array_of(Dense(1, 1)));
  const Vector score = numbers(predicted, "score");
  REQUIRE(score[0] == score[1]);
  CHECK(predicted.outputs.array("y").as<std::int64_t>()[0] == 1);
}

TEST_CASE("texts are labels in the order of their bytes") {
  std::vector<std::int64_t> labels, test_labels;
  const Dense x = clouds(60, 45, labels), q = clouds(3500, 46, test_labels);  // two blocks of rows
  const auto words = [](const std::vector<std::int64_t>& numbers) {
    std::vector<std::string> all;
    for (const std::int64_t i : numbers) all.emplace_back(i == -7 ? "bat" : i == 0 ? "cat" : "wolverine");
    return Array::texts(all);
  };
  const VerbResult by_number = fit({array_of(x), array_of(ElementType::i64, {60}, labels), {}}),
                   by_word = fit({array_of(x), words(labels), {}});
  CHECK(same_bytes(by_number.outputs.array("fitted"), by_word.outputs.array("fitted")));
  const VerbResult predicted = predict(by_word, array_of(q));
  CHECK(predicted.steps == 2);
  CHECK(same_bytes(predicted.outputs.array("score"), predict(by_number, array_of(q)).outputs.array("score")));
  CHECK(same_bytes(predicted.outputs.array("y"), words(test_labels)));

  VerbCall call;
  call.model = &model();
  call.verb = "evaluate";
  call.state = &by_word.state;
  call.inputs["x"] = source_of(array_of(q));
  std::string said;
  call.listener.log = [&](int, const std::string& line) { said += line; };
  const Array truth = words(test_labels);
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < 3500; ++i) wrong.push_back(i % 7 == 0 ? "emu" : truth.text(i));
  call.inputs["y"] = source_of(Array::texts(wrong));
  const VerbResult result = run_verb(call);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(numbers(result, "wrong")[0] == 500.0 / 3500);
  const Vector error = numbers(result, "error");
  for (std::size_t i = 0; i < 3500; ++i) CHECK(error[i] == (i % 7 == 0 ? 1 : 0));
  CHECK_THAT(said, Catch::Contains("'emu' (500 rows)"));
  call.inputs["y"] = source_of(array_of(ElementType::i64, {3500}, test_labels));
  const VerbResult mixed = run_verb(call);
  CHECK(mixed.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(mixed.text, Catch::Contains("numbers") && Catch::Contains("'bat', 'cat'"));
}
