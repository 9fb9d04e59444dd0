// Somebody's program that uses an installed tierwise.
#include <tierwise/tierwise.hpp>

int main() {
  const auto day = tierwise::parse_date("2015-06-30");
  const bool refused = !tierwise::parse_date("2015-02-30");
  return day && tierwise::format_date(day.value()) == "2015-06-30" && refused ? 0 : 1;
}
