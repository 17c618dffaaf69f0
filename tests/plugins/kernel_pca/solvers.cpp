// One answer from every solver; the same bytes however a solver was run.
#include "call.hpp"

using namespace kpca;
using ansatz::test::same_bytes;

namespace {

const Dense x = normal(90, 4, 41), fresh = normal(20, 4, 42);
const reference::Kernel plain{.name = "gaussian", .length = {2}};

Settings exactly(std::int64_t q, const char* op = "centred") {
  return {{"length", 2.0}, {"components", whole(q)}, {"solver", text("dense")}, {"operator", text(op)}};
}
Settings lanczos(std::int64_t q, const char* op = "centred") {
  return {{"length", 2.0},        {"components", whole(q)}, {"solver", text("lanczos")},
          {"operator", text(op)}, {"tolerance", 1e-12},     {"block", whole(4)}};
}
Settings nystrom(std::int64_t q, std::int64_t landmarks) {
  return {{"length", 2.0},
          {"components", whole(q)},
          {"solver", text("nystrom")},
          {"landmarks", whole(landmarks)}};
}

// Stop after every step, save, load into a fresh instance, go on.
VerbResult interrupted(const Call& call, std::uint64_t& pieces) {
  VerbCall part = verb_call(call);
  Checkpoint kept;
  pieces = 0;
  for (;;) {
    bool stop = false, saved = false;
    Checkpoint next;
    part.listener.after_step = [&](std::uint64_t) { stop = true; };
    part.listener.cancelled = [&] { return stop; };
    part.listener.wants_checkpoint = [] { return true; };
    part.listener.checkpoint = [&](Checkpoint c) { next = std::move(c), saved = true; };
    VerbResult result = ansatz::host::run_verb(part);
    ++pieces;
    if (result.status != ANSATZ_CANCELLED) return result;
    REQUIRE(saved);
    kept = std::move(next);
    part.resume = &kept;
    REQUIRE(pieces < 500);
  }
}

}  // namespace

TEST_CASE("lanczos, and nystrom with all rows as landmarks, agree with the dense solver") {
  for (const char* op : {"centred", "uncentred", "laplacian", "diffusion"}) {
    CAPTURE(op);
    const VerbResult exact = fit(x, exactly(6, op)), iterated = fit(x, lanczos(6, op));
    CHECK(reference::relative_error(list(iterated, "eigenvalues"), list(exact, "eigenvalues")) < 1e-9);
    CHECK(difference_of_columns(table(iterated, "scores"), table(exact, "scores")) < 1e-7);
    CHECK(reference::relative_error(list(iterated, "explained"), list(exact, "explained")) < 1e-9);
  }
  const VerbResult exact = fit(x, exactly(6)), approximate = fit(x, nystrom(6, 90));
  CHECK(reference::relative_error(list(approximate, "eigenvalues"), list(exact, "eigenvalues")) < 1e-9);
  CHECK(difference_of_columns(table(approximate, "scores"), table(exact, "scores")) < 1e-7);
  CHECK(reference::relative_error(list(approximate, "explained"), list(exact, "explained")) < 1e-9);
  const Vector one = list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &exact}), "error"),
               two = list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &approximate}), "error");
  CHECK(largest_difference(one, two) < 1e-7);
}

TEST_CASE("the eigenvalues are those of HKH, and the reported residuals hold") {
  const Dense kc = centred(reference::matrix(plain, x, x));
  const Vector wanted = eigenvalues(kc);
  Settings settings = lanczos(5);
  settings["tolerance"] = 1e-3;  // stops early
  for (const Settings& chosen : {exactly(5), lanczos(5), settings}) {
    const VerbResult fitted = fit(x, chosen);
    const Vector mu = list(fitted, "eigenvalues"), residuals = list(fitted, "residual_norms");
    const Dense z = table(fitted, "scores"), image = reference::product(kc, z);
    for (std::size_t j = 0; j < 5; ++j) {
      double square = 0;
      for (std::size_t i = 0; i < 90; ++i) square += std::pow(image(i, j) - mu[j] * z(i, j), 2);
      CHECK(std::sqrt(square / mu[j]) == Approx(residuals[j]).epsilon(1e-2).margin(1e-11));
      CHECK(mu[j] == Approx(wanted[j]).epsilon(1e-5));
      if (chosen.count("tolerance") == 0) CHECK(mu[j] == Approx(wanted[j]).epsilon(1e-12));
    }
  }
}

TEST_CASE("the training rows get their scores back from transform, whatever operator and solver") {
  for (const char* op : {"centred", "uncentred", "laplacian", "diffusion"}) {
    for (const bool iterate : {false, true}) {
      CAPTURE(op, iterate);
      const VerbResult fitted = fit(x, iterate ? lanczos(5, op) : exactly(5, op));
      const Vector again = list(run({"transform", {{"x", array_of(x)}}, {}, &fitted}), "scores");
      CHECK(largest_difference(again, list(fitted, "scores")) < 1e-10);
    }
  }
  const VerbResult approximate = fit(x, nystrom(5, 30));
  CHECK(largest_difference(list(run({"transform", {{"x", array_of(x)}}, {}, &approximate}), "scores"),
                           list(approximate, "scores")) < 1e-10);
  Settings single = lanczos(5);
  single["precision"] = text("f32");
  const VerbResult fitted = fit(x, single);
  CHECK(largest_difference(list(run({"transform", {{"x", array_of(x)}}, {}, &fitted}), "scores"),
                           list(fitted, "scores")) < 1e-5);
  CHECK(reference::relative_error(list(fitted, "eigenvalues"), list(fit(x, exactly(5)), "eigenvalues")) <
        1e-5);
}

TEST_CASE("nystrom stays below the exact eigenvalues and grows with nested landmarks") {
  const Vector exact = list(fit(x, exactly(5)), "eigenvalues");
  Vector last(5, 0.0);
  for (const std::size_t count : {10, 20, 40, 80}) {
    std::vector<std::size_t> chosen(count);
    for (std::size_t i = 0; i < count; ++i) chosen[i] = i;
    const Dense z = rows_of(x, chosen);
    const VerbResult fitted = run({"fit",
                                   {{"x", array_of(x)}, {"landmarks", array_of(z)}},
                                   {{"length", 2.0}, {"components", whole(5)}, {"solver", text("nystrom")}}});
    const Vector mu = list(fitted, "eigenvalues");
    for (std::size_t j = 0; j < 5; ++j) {
      CHECK(mu[j] <= exact[j] * (1 + 1e-10));
      CHECK(mu[j] >= last[j] * (1 - 1e-10));
    }
    last = mu;
    // The trace error is the sum of k(x, x) - k_xZ W^-1 k_Zx.
    const Dense w = reference::matrix(plain, z, z), cross = reference::matrix(plain, z, x);
    const Dense solved = reference::solve(w, cross);
    double left = 0;
    for (std::size_t i = 0; i < 90; ++i) {
      left += 1;
      for (std::size_t l = 0; l < count; ++l) left -= cross(l, i) * solved(l, i);
    }
    REQUIRE(fitted.metrics.back().name == "trace_error");
    CHECK(fitted.metrics.back().value == Approx(left).margin(1e-8));
    // Residuals in feature space, by hand: |phi(x) - m|^2 - |z|^2 with m = the mean's projection.
    double error = 0, squares = 0;
    const VerbResult found = run({"evaluate", {{"x", array_of(x)}}, {}, &fitted});
    for (const double value : list(found, "error")) error += value;
    for (const double value : list(fitted, "eigenvalues")) squares += value;
    CHECK(error == Approx(squares / list(fitted, "explained")[0] * mu[0] / squares - squares).margin(1e-8));
  }
}

TEST_CASE("landmarks by rpcholesky reach more of the trace than uniform ones where groups differ in size") {
  Dense rows = normal(200, 2, 51);  // one big group and ten rows far out, each on its own
  for (std::size_t i = 190; i < 200; ++i) rows(i, 0) = 10 * static_cast<double>(i - 180);
  int better = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    double left[2];
    for (const char* sampling : {"uniform", "rpcholesky"}) {
      Settings settings = nystrom(2, 20);
      settings["sampling"] = text(sampling);
      const VerbResult fitted = run({"fit", {{"x", array_of(rows)}}, settings, nullptr, {}, 1, seed});
      left[text(sampling) == "uniform" ? 0 : 1] = fitted.metrics.back().value;
    }
    better += left[1] < left[0] ? 1 : 0;
  }
  CHECK(better >= 9);
}

TEST_CASE("convergence: angles and errors of nystrom fits, falling to zero with all rows") {
  const Settings settings{{"length", 2.0}, {"components", whole(4)}};
  const VerbResult found = run({"convergence",
                                {{"x", array_of(x)}},
                                settings,
                                nullptr,
                                {{"counts", std::vector<std::int64_t>{8, 20, 45, 90}}}});
  const Vector angle = list(found, "angle"), rest = list(found, "trace_error"),
               exact = list(fit(x, exactly(4)), "eigenvalues");
  const Dense errors = table(found, "eigenvalue_error");
  REQUIRE(angle.size() == 4);
  for (std::size_t s = 1; s < 4; ++s) {
    CHECK(rest[s] <= rest[s - 1] + 1e-12);
    for (std::size_t j = 0; j < 4; ++j) CHECK(errors(s, j) <= errors(s - 1, j) + 1e-10);
  }
  for (const double error : errors.values) CHECK(error >= -1e-10);
  CHECK(angle[3] < 1e-6);
  CHECK(angle[0] > 1e-2);
  CHECK(std::abs(rest[3]) < 1e-10);
  CHECK(errors(3, 0) == Approx(0).margin(1e-9));
  for (std::size_t s = 0; s < 4; ++s) CHECK(angle[s] <= M_PI / 2);
}

TEST_CASE("auto takes the dense solver for few rows, lanczos for many rows and few components") {
  const auto steps = [](std::size_t n, std::int64_t q) {
    return fit(normal(n, 2, 43), {{"length", 1.0}, {"components", whole(q)}}).metrics.size();
  };
  CHECK(steps(300, 5) == 0);
  CHECK(steps(1001, 5) > 0);
  CHECK(steps(1001, 101) == 0);
}

TEST_CASE("the same bytes for 1, 2 and 4 threads, and with the matrix stored or computed again") {
  const Dense many = normal(700, 6, 44);
  struct Case {
    Settings settings;
  };
  for (const Settings& settings :
       {Settings{{"solver", text("dense")}, {"components", whole(5)}},
        Settings{{"solver", text("lanczos")}, {"components", whole(5)}, {"precision", text("f64")}},
        Settings{{"solver", text("lanczos")},
                 {"components", whole(40)},
                 {"precision", text("f32")},
                 {"block", whole(8)}},
        Settings{{"solver", text("lanczos")}, {"operator", text("diffusion")}, {"components", whole(4)}},
        Settings{{"solver", text("nystrom")}, {"landmarks", whole(150)}, {"components", whole(5)}},
        Settings{{"solver", text("nystrom")}, {"landmarks", whole(50)}, {"sampling", text("rpcholesky")}},
        Settings{{"solver", text("nystrom")}, {"landmarks", whole(50)}, {"sampling", text("kmeans")}},
        Settings{{"solver", text("features")}, {"features", whole(150)}, {"components", whole(5)}}}) {
    const std::string solver = std::get<std::string>(settings.at("solver"));
    CAPTURE(solver);
    const VerbResult one = fit(many, settings);
    const VerbResult scores = run({"transform", {{"x", array_of(many)}}, {}, &one});
    const VerbResult error =
        settings.count("operator") != 0 ? VerbResult{} : run({"evaluate", {{"x", array_of(many)}}, {}, &one});
    for (const unsigned threads : {2U, 4U}) {
      const VerbResult more = run({"fit", {{"x", array_of(many)}}, settings, nullptr, {}, threads});
      CHECK(same_bytes(more, one));
      CHECK(same_bytes(run({"transform", {{"x", array_of(many)}}, {}, &more, {}, threads}), scores));
      if (settings.count("operator") == 0) {
        CHECK(same_bytes(run({"evaluate", {{"x", array_of(many)}}, {}, &more, {}, threads}), error));
      }
    }
    if (solver == "lanczos") {
      Settings tight = settings;
      tight["memory"] = whole(1);  // 700 x 700 does not fit
      CHECK(same_bytes(fit(many, tight), one));
    }
  }
  const Dense few = normal(70, 3, 45);
  const VerbResult fitted = fit(few, {{"components", whole(4)}});
  for (const char* method : {"fixed-point", "mds", "ridge"}) {
    const Call call{"reconstruct", {{"x", array_of(few)}}, {}, &fitted, {{"method", text(method)}}};
    const VerbResult one = run(call);
    for (const unsigned threads : {2U, 4U}) {
      Call more = call;
      more.threads = threads;
      CHECK(same_bytes(run(more), one));
    }
  }
}

TEST_CASE("stopped after any step and resumed: the same bytes") {
  const Dense many = normal(5000, 2, 46), some = normal(300, 3, 47);
  std::uint64_t pieces = 0;
  const Call fits[] = {
      {"fit",
       {{"x", array_of(some)}},
       {{"solver", text("lanczos")}, {"components", whole(12)}, {"block", whole(3)}, {"length", 0.7}}},
      {"fit",
       {{"x", array_of(some)}},
       {{"solver", text("lanczos")},
        {"components", whole(4)},
        {"operator", text("diffusion")},
        {"block", whole(2)}}},
      {"fit",
       {{"k", array_of(reference::matrix(plain, x, x))}},
       {{"kernel", text("precomputed")},
        {"solver", text("lanczos")},
        {"components", whole(3)},
        {"block", whole(2)}}},
      {"fit",
       {{"x", array_of(many)}},
       {{"solver", text("nystrom")}, {"landmarks", whole(20)}, {"components", whole(3)}}},
      {"fit",
       {{"x", array_of(many)}},
       {{"solver", text("features")}, {"features", whole(20)}, {"components", whole(3)}}}};
  for (const Call& call : fits) {
    const VerbResult whole_run = run(call), parts = interrupted(call, pieces);
    INFO(parts.text);
    REQUIRE(parts.status == ANSATZ_DONE);
    CHECK(pieces >= 4);
    CHECK(same_bytes(parts, whole_run));
    // What was learned is the same too.
    if (call.inputs.count("x") != 0) {
      CHECK(same_bytes(run({"transform", {{"x", call.inputs.at("x")}}, {}, &parts}),
                       run({"transform", {{"x", call.inputs.at("x")}}, {}, &whole_run})));
    }
  }
  const VerbResult fitted = fit(some, {{"components", whole(4)}});
  const Dense rows = normal(600, 3, 48);
  for (const char* method : {"fixed-point", "mds", "ridge"}) {
    const Call call{"reconstruct", {{"x", array_of(rows)}}, {}, &fitted, {{"method", text(method)}}};
    const VerbResult whole_run = run(call), parts = interrupted(call, pieces);
    INFO(method << ": " << parts.text);
    REQUIRE(parts.status == ANSATZ_DONE);
    CHECK(pieces >= 3);
    CHECK(same_bytes(parts, whole_run));
  }
  const Call error{"evaluate", {{"x", array_of(many)}}, {}, nullptr};
  const VerbResult plane = fit(normal(40, 2, 49), {{"components", whole(2)}});
  Call evaluate = error;
  evaluate.fitted = &plane;
  CHECK(same_bytes(interrupted(evaluate, pieces), run(evaluate)));
  CHECK(pieces == 2);
  const Call select{
      "select", {{"x", array_of(x)}}, {{"components", whole(2)}}, nullptr, {{"draws", whole(3)}}};
  CHECK(same_bytes(interrupted(select, pieces), run(select)));
  CHECK(pieces == 4);
  const Call folds{"select",
                   {{"x", array_of(x)}},
                   {{"components", whole(2)}},
                   nullptr,
                   {{"criterion", text("reconstruction")}, {"folds", whole(3)}, {"lengths", Vector{1, 2}}}};
  CHECK(same_bytes(interrupted(folds, pieces), run(folds)));
  CHECK(pieces == 6);
  const Call convergence{"convergence", {{"x", array_of(x)}}, {{"components", whole(2)}}};
  CHECK(same_bytes(interrupted(convergence, pieces), run(convergence)));
  CHECK(pieces >= 5);
}

TEST_CASE("bytes and single floats give what the same values give in f64") {
  std::vector<std::uint8_t> bytes(80 * 9);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>((i * 7919 + i / 9 * 31) % 251);
  Dense values(80, 9);
  values.values.assign(bytes.begin(), bytes.end());
  const std::vector<float> singles(bytes.begin(), bytes.end());
  const VerbResult wanted = fit(values, {{"components", whole(4)}});
  for (const Array& rows : {ansatz::test::array_of<std::uint8_t>({80, 9}, bytes),
                            ansatz::test::array_of<float>({80, 9}, singles)}) {
    CHECK(same_bytes(run({"fit", {{"x", rows}}, {{"components", whole(4)}}}), wanted));
  }
}

TEST_CASE("lanczos that runs out of steps says so and keeps what it has") {
  Settings settings = lanczos(5);
  settings["max_steps"] = whole(2);
  const VerbResult result = fit(x, settings);
  CHECK(warned(result, "has not converged in 2 steps"));
  CHECK(ansatz::test::scalar(result, "converged") == 0);
  for (const Settings& good : {lanczos(5), exactly(5), nystrom(5, 20)}) {
    CHECK(ansatz::test::scalar(fit(x, good), "converged") == 1);
  }
  CHECK(result.steps == 2);
  CHECK(list(result, "eigenvalues").size() == 5);
  CHECK(largest(list(result, "residual_norms")) > 1e-12);
}
