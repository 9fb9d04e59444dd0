// Files in, actions with reasons out.
//   tierwise simulate --hcps 1000 --out data
//   next_best_action data 2026-06-30
// tierwise reads no tables itself: bring your own reader. This one is fast-cpp-csv-parser.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <csv.h>

#include <tierwise/model/engine.hpp>
#include <tierwise/tierwise.hpp>

namespace {

enum class kind { text, number, truth, id };
using field = std::pair<const char*, kind>;

/// Collects the cells of one column and hands them over as a column of a table. Empty cells are missing values.
class column_builder {
 public:
  explicit column_builder(field what) : what_(what) {}

  void add(const std::string& cell) {
    if (what_.second == kind::text) {
      const auto [at, fresh] = code_of_.try_emplace(cell, static_cast<std::int32_t>(names_.size()));
      if (fresh) names_.push_back(cell);
      codes_.push_back(cell.empty() ? -1 : at->second);
    } else if (what_.second == kind::truth) {
      numbers_.push_back(cell.empty() ? tierwise::missing : cell == "true" ? 1 : 0);
    } else {
      char* end = nullptr;
      const double value = std::strtod(cell.c_str(), &end);
      numbers_.push_back(cell.empty() || *end != '\0' ? tierwise::missing : value);
    }
  }

  void finish(tierwise::table& out) {
    if (what_.second == kind::text) return out.add(what_.first, std::move(codes_), std::move(names_));
    if (what_.second == kind::id)
      return out.add(what_.first, std::vector<std::int64_t>(numbers_.begin(), numbers_.end()));
    out.add(what_.first, std::move(numbers_));
  }

 private:
  field what_;
  std::map<std::string, std::int32_t> code_of_;
  std::vector<std::string> names_;
  std::vector<std::int32_t> codes_;
  std::vector<double> numbers_;
};

/// Reads the named columns of a CSV file; other columns are passed over, a missing one is an error.
template <std::size_t N>
tierwise::table read_csv(const std::string& path, const std::array<field, N>& fields) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    io::CSVReader<N, io::trim_chars<' '>, io::double_quote_escape<',', '"'>> file(path);
    file.read_header(io::ignore_extra_column, fields[I].first...);
    std::array<column_builder, N> columns{column_builder(fields[I])...};
    std::array<std::string, N> cells;
    while (file.read_row(cells[I]...)) (columns[I].add(cells[I]), ...);
    tierwise::table out;
    (columns[I].finish(out), ...);
    return out;
  }(std::make_index_sequence<N>());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: next_best_action FOLDER YYYY-MM-DD [POLICY]\n"), 2;
  const std::string folder = argv[1];
  try {
    const auto hcps = read_csv(folder + "/hcps.csv", std::to_array<field>({{"hcp_id", kind::text},
                                                                           {"specialty", kind::text},
                                                                           {"city", kind::text},
                                                                           {"title", kind::text},
                                                                           {"hospital_level", kind::text},
                                                                           {"society_offices", kind::number},
                                                                           {"trials", kind::number},
                                                                           {"publications", kind::number},
                                                                           {"teaching", kind::number},
                                                                           {"patient_volume", kind::number},
                                                                           {"patients_per_week", kind::number},
                                                                           {"territory", kind::text},
                                                                           {"rep_id", kind::text}}));
    const auto interactions = read_csv(folder + "/interactions.csv", std::to_array<field>({{"event_id", kind::id},
                                                                                           {"hcp_id", kind::text},
                                                                                           {"date", kind::text},
                                                                                           {"channel", kind::text},
                                                                                           {"depth", kind::text}}));
    const auto consents = read_csv(folder + "/consents.csv", std::to_array<field>({{"hcp_id", kind::text},
                                                                                   {"channel", kind::text},
                                                                                   {"purpose", kind::text},
                                                                                   {"granted", kind::truth},
                                                                                   {"from", kind::text},
                                                                                   {"until", kind::text}}));
    const auto history = read_csv(folder + "/history.csv", std::to_array<field>({{"decision_id", kind::id},
                                                                                 {"hcp_id", kind::text},
                                                                                 {"action_id", kind::text},
                                                                                 {"channel", kind::text},
                                                                                 {"date", kind::text},
                                                                                 {"outcome", kind::text}}));

    const auto as_of = tierwise::parse_date(argv[2]).value();
    const auto policy =
        (argc > 3 ? tierwise::policy::load(argv[3]) : tierwise::policy::parse(tierwise::policy::default_json()))
            .value();

    auto profile = tierwise::model::build_profile(policy, hcps.view(), &interactions.view(), as_of).value();
    const auto model = tierwise::model::fit(policy, profile, &history.view()).value();
    const auto engine = tierwise::model::engine::make(model).value();
    const auto answer = engine.decide(std::move(profile), &consents.view(), &history.view()).value();

    const tierwise::column_view ids = *answer.rows.find("hcp_id");
    for (std::size_t pick = 0; pick < answer.decisions.picks.size() && pick < 12; ++pick) {
      const auto& chosen = answer.decisions.picks[pick];
      const std::string id(ids.text(static_cast<std::size_t>(chosen.hcp)));
      const std::string why = tierwise::recommend::reason(engine.recommender(), answer.given(), answer.decisions, pick);
      std::printf("%s  tier %u  %d. %s\n", id.c_str(), answer.segments.tier[static_cast<std::size_t>(chosen.hcp)],
                  chosen.rank, why.c_str());
    }
    std::puts("\nWhy candidates were dropped:");
    for (const auto& line : answer.decisions.funnel) {
      const auto& stop = engine.recommender().stops[static_cast<std::size_t>(line.stop)];
      std::printf("  %-14s %-28s %8lld candidates of %6lld doctors\n",
                  std::string(tierwise::recommend::name_of(stop.at)).c_str(), stop.id.c_str(),
                  static_cast<long long>(line.candidates), static_cast<long long>(line.hcps));
    }
    std::printf("\n%zu doctors, %lld contacts, %zu rows rejected\n", answer.segments.size(),
                static_cast<long long>(answer.profile.contacts_used), answer.rejected.size());
  } catch (const std::exception& error) {  // tierwise::Error, or the reader's own
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
