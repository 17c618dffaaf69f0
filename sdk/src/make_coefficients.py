#!/usr/bin/env python3
"""Writes coefficients.hpp: polynomials of the vector functions, by Chebyshev interpolation in 60 digits.

Needs python3-mpmath.  Run it only to change a degree or an interval:  python3 make_coefficients.py > coefficients.hpp
Interpolation at Chebyshev nodes is within a factor of a few of the best polynomial; the comment of each array
gives the largest relative error that the rounded coefficients add to the *function*, in units of 2^-53.
"""
from mpmath import mp, mpf, exp, expm1, log, sqrt, sin, cos, erf, erfc, pi, chebyfit, polyval, linspace

mp.dps = 60


def fit(f, low, high, degree):
    """Coefficients of f, lowest power first, rounded to double."""
    return [mpf(float(c)) for c in reversed(chebyfit(f, [mpf(low), mpf(high)], degree + 1))]


def hexed(x):
    return float(x).hex()


def emit(name, text, coefficients, low, high, error):
    worst = max(abs(error(mpf(x), polyval(coefficients[::-1], mpf(x)))) for x in linspace(low, high, 2001))
    print(f"// {text} on [{mp.nstr(mpf(low), 6)}, {mp.nstr(mpf(high), 6)}]; {mp.nstr(worst * 2**53, 2)}.")
    print(f"constexpr double {name}[] = {{")
    values = [hexed(c) for c in coefficients]
    for i in range(0, len(values), 4):
        print("    " + ", ".join(values[i:i + 4]) + ("," if i + 4 < len(values) else "};"))
    print()


def series(f, terms, x):
    """f(x), or its Taylor series near 0 where f would cancel."""
    return f(x) if abs(x) > mpf(10) ** -12 else sum(c * x**i for i, c in enumerate(terms))


print("""// Made by make_coefficients.py; lowest power first.  The last number of each comment is the error of the
// approximated function in units of 2^-53, relative.
#pragma once

namespace {
""")

half = log(mpf(2)) / 2 * mpf("1.0001")
q = lambda r: series(lambda r: (expm1(r) - r) / r**2, [mpf(1) / 2, mpf(1) / 6, mpf(1) / 24], r)
for name, degree in (("kExp", 10), ("kExpShort", 5)):
    emit(name, "(e^r - 1 - r) / r^2", fit(q, -half, half, degree), -half, half,
         lambda r, p: (p - q(r)) * r**2 / (expm1(r) / r if r else 1) / (abs(r) if r else 1))

zmax = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1))**2 * mpf("1.0001")
atanh2 = lambda z: series(lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z,
                          [mpf(2) / 3, mpf(2) / 5, mpf(2) / 7], z)
for name, degree in (("kLog", 6), ("kLogShort", 3)):
    emit(name, "(log((1 + s) / (1 - s)) / s - 2) / z, z = s^2,", fit(atanh2, 0, zmax, degree), 0, zmax,
         lambda z, p: (p - atanh2(z)) * z / 2)
tail = lambda z: series(lambda z: (atanh2(z) - mpf(2) / 3) / z, [mpf(2) / 5, mpf(2) / 7, mpf(2) / 9], z)
emit("kLogTail", "((log((1 + s) / (1 - s)) / s - 2) / z - 2/3) / z, z = s^2,", fit(tail, 0, zmax, 7), 0, zmax,
     lambda z, p: (p - tail(z)) * z**2 / 2)

quarter = (pi / 4)**2 * mpf("1.001")
s3 = lambda z: series(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, [-mpf(1) / 6, mpf(1) / 120, -mpf(1) / 5040], z)
c4 = lambda z: series(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, [mpf(1) / 24, -mpf(1) / 720, mpf(1) / 40320], z)
for name, f, degree, weight in (("kSin", s3, 5, 1), ("kCos", c4, 5, 2)):
    emit(name, "(sin(r) / r - 1) / z, z = r^2," if weight == 1 else "(cos(r) - 1 + z/2) / z^2, z = r^2,",
         fit(f, 0, quarter, degree), 0, quarter,
         lambda z, p, f=f, w=weight: (p - f(z)) * z**w / (sin(sqrt(z)) / sqrt(z) if w == 1 and z else cos(sqrt(z))))

e1 = lambda z: series(lambda z: erf(sqrt(z)) / sqrt(z) - 1,
                      [2 / sqrt(pi) - 1, -2 / sqrt(pi) / 3, 1 / sqrt(pi) / 5], z)
emit("kErf", "erf(x) / x - 1, z = x^2,", fit(e1, 0, 1, 13), 0, 1, lambda z, p: (p - e1(z)) / (1 + e1(z)))
# In f32 all of erf is one polynomial in u = x^2 / 8 - 1: it rounds to 1 from x = 4 on.
e4 = lambda u: 1 + e1(8 * (u + 1))
emit("kErfShort", "erf(x) / x, u = x^2 / 8 - 1,", fit(e4, -1, 1, 18), -1, 1, lambda u, p: (p - e4(u)) / e4(u))

# Mapping of Schonfelder 1978, "Chebyshev expansions for the error and related functions", with the weight 1 + 2x.
centre = mpf(3)
g = lambda t: (1 + 2 * (x := centre * (1 + t) / (1 - t))) * exp(x * x) * erfc(x) - 1
low, high = (mpf("0.24") - centre) / (mpf("0.24") + centre), (mpf(28) - centre) / (mpf(28) + centre)
emit("kErfc", "(1 + 2x) e^(x^2) erfc(x) - 1, t = (x - 3) / (x + 3),", fit(g, low, high, 23), low, high,
     lambda t, p: (p - g(t)) / (1 + g(t)))


def parts(name, x, bits):
    """x as a sum of doubles, the first with the given number of bits."""
    values = []
    for b in bits:
        e = int(mp.floor(mp.log(abs(x), 2))) + 1
        unit = mpf(2) ** (e - b)
        values.append(mp.nint(x / unit) * unit)
        x -= values[-1]
    print(f"constexpr double {name}[] = {{{', '.join(hexed(v) for v in values)}}};")


print("// Constants as sums of doubles.")
parts("kLn2", log(mpf(2)), (53, 53))
parts("kLn2Short", log(mpf(2)), (41, 53))  # k times the first is exact for every exponent k
parts("kTwoThirds", mpf(2) / 3, (53, 53))
parts("kHalfPi", pi / 2, (53, 53, 53))
print(f"constexpr double kLog2E = {hexed(1 / log(mpf(2)))};")
print(f"constexpr double kTwoOverPi = {hexed(2 / pi)};")
mp.dps = 420
words = int(mp.floor(2 / pi * mpf(2) ** (64 * 20)))
print("// 2/pi in binary, 64 bits an entry; the point stands after the first entry.")
print("constexpr uint64_t kTwoOverPiBits[] = {")
rows = [f"0x{(words >> (64 * (20 - i))) & (2**64 - 1):016x}" for i in range(21)]
for i in range(0, 21, 4):
    print("    " + ", ".join(rows[i:i + 4]) + ("," if i < 20 else "};"))
print("\n}  // namespace")
