// Somebody's program that uses the runtime of an installed tierwise.
#include <tierwise/policy/policy.hpp>

int main() { return 0; }
