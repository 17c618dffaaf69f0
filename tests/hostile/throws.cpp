// What C cannot do.
extern "C" void throw_a_number() { throw 7; }
