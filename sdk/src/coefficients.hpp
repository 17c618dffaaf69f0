// Made by make_coefficients.py; lowest power first.  The last number of each comment is the error of the
// approximated function in units of 2^-53, relative.
#pragma once

namespace {

// (e^r - 1 - r) / r^2 on [-0.346608, 0.346608]; 0.0077.
constexpr double kExp[] = {0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,
                           0x1.11111111100dcp-7,  0x1.6c16c16c162d4p-10, 0x1.a01a01abe7fe1p-13,
                           0x1.a01a01a6d889cp-16, 0x1.71de0231960ebp-19, 0x1.27e4db646b17ep-22,
                           0x1.af4de97ca4194p-26, 0x1.1f730349868cep-29};

// (e^r - 1 - r) / r^2 on [-0.346608, 0.346608]; 4.8e+6.
constexpr double kExpShort[] = {0x1.0000000b9129bp-1, 0x1.5555555a78ed4p-3,  0x1.5554e9063586ep-5,
                                0x1.1110e0f238322p-7, 0x1.6d43246b523b4p-10, 0x1.a124f19fe89acp-13};

// (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2, on [0.0, 0.0294402]; 0.042.
constexpr double kLog[] = {0x1.5555555555558p-1, 0x1.99999999952d7p-2, 0x1.2492492df281ap-2,
                           0x1.c71c62e3f11e6p-3, 0x1.7462b51cb66b1p-3, 0x1.39fe51a7c18f9p-3,
                           0x1.2b5900de53b32p-3};

// (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2, on [0.0, 0.0294402]; 1.5e+5.
constexpr double kLogShort[] = {0x1.5555554bb1b2fp-1, 0x1.9999eb63e783dp-2, 0x1.245c40aecb50cp-2,
                                0x1.ddcf7101b6371p-3};

// ((log((1 + s) / (1 - s)) / s - 2) / z - 2/3) / z, z = s^2, on [0.0, 0.0294402]; 9.2e-5.
constexpr double kLogTail[] = {0x1.999999999999ap-2, 0x1.2492492492521p-2, 0x1.c71c71c6eaa10p-3,
                               0x1.745d177a96056p-3, 0x1.3b1395d2190c1p-3, 0x1.1118c7e4b0917p-3,
                               0x1.df7cc8e5fa539p-4, 0x1.e02e6fff27908p-4};

// (sin(r) / r - 1) / z, z = r^2, on [0.0, 0.617467]; 0.18.
constexpr double kSin[] = {-0x1.5555555555555p-3, 0x1.1111111110babp-7,   -0x1.a01a019e820aep-13,
                           0x1.71de37946ed6dp-19, -0x1.ae6008d114485p-26, 0x1.5e0a4fc16be59p-33};

// (cos(r) - 1 + z/2) / z^2, z = r^2, on [0.0, 0.617467]; 0.011.
constexpr double kCos[] = {0x1.5555555555555p-5,   -0x1.6c16c16c16963p-10, 0x1.a01a019f4ddfdp-16,
                           -0x1.27e4fa16cc2d1p-22, 0x1.1eeb67d026ec6p-29,  -0x1.907cd8ff5ede7p-37};

// erf(x) / x - 1, z = x^2, on [0.0, 1.0]; 0.099.
constexpr double kErf[] = {0x1.06eba8214db69p-3,   -0x1.812746b0379e7p-2,  0x1.ce2f21a042bdep-4,
                           -0x1.b82ce312889bap-6,  0x1.565bcd0e6502dp-8,   -0x1.c02db3feeb579p-11,
                           0x1.f9a326c233146p-14,  -0x1.f4d2561aeafd4p-17, 0x1.b9e6509b9867dp-20,
                           -0x1.5f6d925a0bc7ap-23, 0x1.fc4356498c2d9p-27,  -0x1.4e607b41a6416p-30,
                           0x1.7f072188e194dp-34,  -0x1.29b9f1b3df556p-38};

// erf(x) / x, u = x^2 / 8 - 1, on [-1.0, 1.0]; 3.5e+6.
constexpr double kErfShort[] = {
    0x1.6a040781a499cp-2,  -0x1.69a0cd301b91ep-3,  0x1.0dabaf245a337p-3,  -0x1.b92e6d963dfaap-4,
    0x1.717eee4e076f7p-4,  -0x1.3218984cd195ap-4,  0x1.ea99e1ae9780fp-5,  -0x1.76bcc6dec6fadp-5,
    0x1.0ec5c6e1688d8p-5,  -0x1.71aa3a7454ee2p-6,  0x1.d73ce53e159ffp-7,  -0x1.12ba7628ceb60p-7,
    0x1.38ee4f02d9147p-8,  -0x1.7d61c3299c579p-9,  0x1.71a9bd2a54af3p-10, -0x1.555506765c526p-12,
    0x1.6b49f96c0d06fp-13, -0x1.026466e217773p-12, 0x1.8a6caab470c6fp-14};

// (1 + 2x) e^(x^2) erfc(x) - 1, t = (x - 3) / (x + 3), on [-0.851852, 0.806452]; 0.19.
constexpr double kErfc[] = {
    0x1.03148b5f9261dp-2,  -0x1.15c084bb9e8f2p-3,  -0x1.85a15c58aa5c1p-5,  0x1.098366a5b4622p-3,
    -0x1.e88b803a49437p-4, 0x1.17ca2877f437cp-4,   -0x1.8574c40bca888p-6,  0x1.4b884e3cbc710p-9,
    0x1.ef1bdd460d7e7p-10, -0x1.98db4fe784ae3p-11, -0x1.b9127424362a6p-14, 0x1.065a1aa22a1f7p-13,
    0x1.4c24ade7539d3p-18, -0x1.5137e650ae1ffp-16, -0x1.884c0ffcdb1c4p-21, 0x1.d1c5130dc7ceep-19,
    0x1.7c93e3002d3a1p-22, -0x1.4903bc6c71e39p-21, -0x1.26746f5308279p-23, 0x1.a38910e3eb6dap-24,
    0x1.3b3ac81944cabp-25, -0x1.704d4b3fb43d9p-27, -0x1.68b8f14fb204fp-28, 0x1.3acf7c7db997fp-32};

// Constants as sums of doubles.
constexpr double kLn2[] = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
constexpr double kLn2Short[] = {0x1.62e42fefa4000p-1, -0x1.8432a1b0e2634p-43};
constexpr double kTwoThirds[] = {0x1.5555555555555p-1, 0x1.5555555555555p-55};
constexpr double kHalfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
constexpr double kLog2E = 0x1.71547652b82fep+0;
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
// 2/pi in binary, 64 bits an entry; the point stands after the first entry.
constexpr uint64_t kTwoOverPiBits[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
    0xf0cfbc209af4361d};

}  // namespace
