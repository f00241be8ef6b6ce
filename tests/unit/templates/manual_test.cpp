// docs/writing-a-template.md: what the manual shows is what happens. Its blocks with a file name
// are written to a folder; a comment "run: …" says what is done with the block or table behind it.
#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/core/mapping/map_record.h"
#include "config/template_file.h"
#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Run {
  std::vector<std::string> words;               // behind "run:"
  std::string block;                            // the code behind it, or
  std::vector<std::vector<std::string>> table;  // the rows behind it, without their head
  std::size_t line = 0;
};

struct Manual {
  std::map<std::string, std::string> files;
  std::vector<Run> runs;
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Of a row of a table; "\|" is no end of a cell.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      const auto begin = cell.find_first_not_of(' ');
      cells.push_back(
          begin == cell.npos ? "" : cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

std::string code_in(const std::string& cell) {
  const auto begin = cell.find('`'), end = cell.rfind('`');
  return begin == end ? cell : cell.substr(begin + 1, end - begin - 1);
}

Manual read_manual() {
  std::ifstream stream(fs::path(STOREWARD_SOURCE_DIR) / "docs/writing-a-template.md");
  REQUIRE(stream);
  Manual manual;
  std::size_t number = 0;
  bool due = false;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.starts_with("<!-- run:")) {
      manual.runs.push_back({words_of(line.substr(9, line.rfind("-->") - 9)), {}, {}, number});
      due = true;
    } else if (line.starts_with("```")) {
      const auto said = words_of(line.substr(3));
      std::string block;
      while (std::getline(stream, line) && !line.starts_with("```")) {
        ++number;
        block += line + "\n";
      }
      ++number;
      if (said.size() == 2) manual.files[said[1]] = block;
      if (due) manual.runs.back().block = block;
      due = false;
    } else if (line.starts_with("|") && due) {
      manual.runs.back().table.push_back(cells_of(line));
    } else if (due && !manual.runs.back().table.empty()) {
      due = false;
    }
  }
  for (Run& run : manual.runs) {
    if (run.table.size() > 2) run.table.erase(run.table.begin(), run.table.begin() + 2);
  }
  return manual;
}

// "a=1 b=x y": a field begins at a name of one letter.
void add_fields(const std::string& text, Record& record) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i + 1] == '=' && (i == 0 || text[i - 1] == ' ') && std::isalpha(text[i])) {
      begins.push_back(i);
    }
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::size_t from = begins[i] + 2;
    const std::size_t to = i + 1 < begins.size() ? begins[i + 1] - 1 : text.size();
    record.add(Record::root, record.keep(text.substr(begins[i], 1)),
               record.keep(text.substr(from, to - from)));
  }
}

constexpr const char* head =
    "[template]\nname='manual'\nversion='1'\n[format]\nkind='csv'\n"
    "[tables.units]\nkg='KGM'\n[conditions]\ntraining={path='a', equals='T'}\n"
    "[named]\narticle={first=['sku', 'a']}\n"
    "[[event]]\ntype='retail.scan.observed.v1'\nkey=[{const='1'}]\n[event.data]\n";

// `data.x` of an event with this value: its JSON, "absent" or "fault: …".
std::string value_of(const std::string& value, const std::string& fields) {
  const auto made = config::compile_template(
      std::string(head) + "raw={const='r'}\nat={const='2026-11-20T09:15:02Z'}\nx = " + value + "\n",
      "manual.toml", "");
  if (!made) return config::to_text(made.error());
  Record record;
  add_fields(fields, record);
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  const mapping::MappingContext context{.driver = "d",
                                        .source = "s",
                                        .file = {},
                                        .site_zone = &berlin,
                                        .given = {{"currency", "EUR"}, {"site", "store-1"}}};
  const auto mapped = mapping::map_record((*made)->mapping, record, {}, "raw", context);
  if (mapped.events.empty()) return "fault: " + mapped.fault;
  const json data = json::parse(mapped.events.front())["data"];
  return data.contains("x") ? data["x"].dump() : "absent";
}

void check_values(const Run& run) {
  for (const auto& row : run.table) {
    INFO(row[0] << " of " << row[1]);
    const std::string made = value_of(code_in(row[0]), code_in(row[1]));
    if (row[2].starts_with("fault: ")) {
      CHECK_THAT(made, Catch::StartsWith("fault: ") && Catch::EndsWith(code_in(row[2])));
    } else if (row[2] == "absent") {
      CHECK(made == "absent");
    } else {
      CHECK(made == json::parse(code_in(row[2])).dump());
    }
  }
}

void check_conditions(const Run& run) {
  for (const auto& row : run.table) {
    INFO(row[0] << " of " << row[1]);
    CHECK(value_of(
              "{cases=[{when=" + code_in(row[0]) + ", then={const='yes'}}, {then={const='no'}}]}",
              code_in(row[1])) == json(row[2]).dump());
  }
}

void check_paths(const Run& run, const fs::path& folder) {
  for (const auto& row : run.table) {
    INFO(row[0]);
    const fs::path file = folder / "path.toml";
    std::ofstream(file)
        << "[template]\nname='path'\nversion='1'\n[format]\nkind='xml'\n[[event]]\n"
           "type='retail.scan.observed.v1'\nkey=[{const='1'}]\n[event.data]\nraw={const='r'}\n"
           "at={const='2026-11-20T09:15:02Z'}\nx={each=\""
        << code_in(row[0]) << "\", item='.'}\n";
    const auto made = trial_text(file.string(), folder / run.words[1]);
    INFO(made.problem << made.lines);
    const json data = json::parse(made.lines)["data"];
    CHECK(data.value("x", json::array()).dump() == json::parse(code_in(row[1])).dump());
  }
}

void check_mistakes(const Run& run) {
  for (const auto& row : run.table) {
    INFO(row[0]);
    const auto made = config::compile_template(
        std::string(head) + "at={const='2026-11-20T09:15:02Z'}\n" + code_in(row[0]) + "\n",
        "manual.toml", "");
    REQUIRE(!made);
    CHECK_THAT(config::to_text(made.error()), Catch::Contains(code_in(row[1])));
  }
}

void check_template(const Run& run, const fs::path& folder) {
  const TrialText made = trial_text((folder / run.words[1]).string(), folder / run.words[2]);
  CHECK(made.problem.empty());
  json events = json::array();
  std::istringstream lines(made.lines);
  for (std::string line; std::getline(lines, line);) {
    json event = json::parse(line);
    if (!event.contains("data")) continue;
    event["data"].erase("origin");
    events.push_back(event["data"]);
  }
  CHECK(events.dump(1) == json::parse(run.block).dump(1));
}

void check_numbers(const Run& run, const fs::path& folder) {
  const TrialText made = trial_text((folder / run.words[1]).string(), folder / run.words[2]);
  CHECK(made.problem.empty());
  CHECK(made.used == run.block);
}

void check_drift(const Run& run, const fs::path& folder) {
  const auto changes = config::template_drift((folder / run.words[1]).string(), folder);
  REQUIRE(changes);
  std::string text;
  for (const config::TemplateChange& change : *changes) text += to_text(change) + "\n";
  CHECK(text == run.block);
}

}  // namespace

TEST_CASE("what the manual of templates shows is what happens", "[templates]") {
  const Manual manual = read_manual();
  const fs::path folder =
      fs::temp_directory_path() / ("storeward-manual-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  for (const auto& [name, text] : manual.files) std::ofstream(folder / name) << text;
  CHECK(manual.runs.size() == 16);
  for (const Run& run : manual.runs) {
    INFO("docs/writing-a-template.md:" << run.line);
    const std::string& what = run.words.at(0);
    if (what == "template") check_template(run, folder);
    if (what == "values") check_values(run);
    if (what == "conditions") check_conditions(run);
    if (what == "paths") check_paths(run, folder);
    if (what == "mistakes") check_mistakes(run);
    if (what == "numbers") check_numbers(run, folder);
    if (what == "drift") check_drift(run, folder);
    CHECK((!run.block.empty() || run.table.size() > 2));
  }
  fs::remove_all(folder);
}
