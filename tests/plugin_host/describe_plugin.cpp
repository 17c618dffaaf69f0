// The child that describes a plugin, without the rest of the host.
#include "plugins/describe.hpp"

int main(int count, char** words) { return count == 3 ? ansatz::host::describe_main(words[2]) : 2; }
