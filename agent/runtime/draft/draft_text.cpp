// CsvDraft: the template as a person reads it.
#include <algorithm>

#include "agent/core/mapping/path.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

std::string table(const std::string& head, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text = "\n[" + head + "]\n";
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string as_comment(std::string_view text) {
  std::string made(text);
  std::ranges::replace(made, '\n', ' ');
  std::ranges::replace(made, '\r', ' ');
  return made;
}

std::vector<std::string> format_lines(const CsvDraft& draft) {
  const FormatOptions& format = draft.sample.format;
  std::vector<std::string> lines;
  if (format.delimiter != ',') {
    lines.push_back("delimiter = " +
                    (format.delimiter == '\t' ? "\"tab\"" : toml_text({&format.delimiter, 1})));
  }
  if (format.encoding != "utf-8") lines.push_back("encoding = \"" + format.encoding + "\"");
  if (format.skip_lines != 0) lines.push_back("skip_lines = " + std::to_string(format.skip_lines));
  if (!format.header) {
    lines.emplace_back("header = false");
    lines.emplace_back("# ASK: guessed from the values alone.");
    std::string names;
    for (const DraftColumn& column : draft.columns) {
      names += (names.empty() ? "" : ", ") +
               toml_text(column.target.empty() ? column.name : column.target);
    }
    lines.push_back("columns = [" + names + "]");
  }
  lines.insert(lines.end(), draft.format.begin(), draft.format.end());
  return lines;
}

// A column that is not taken must not be found under a name that the template knows.
bool bears_a_known_name(const CsvDraft& draft, const DraftColumn& column) {
  return word_of_name(column.name).role == column.name || column.name == "at" ||
         draft.with_target(column.name) != nullptr ||
         std::ranges::any_of(draft.derived, [&](const std::string& line) {
           return line.starts_with(column.name + " = ");
         });
}

std::vector<std::string> rename_lines(const CsvDraft& draft) {
  std::vector<std::string> lines;
  for (const DraftColumn& column : draft.columns) {
    const std::string from = toml_text(column.name) + " = ";
    const std::string to = name_in_template(draft, column);
    if (to == column.name) continue;
    if (column.target.empty()) {
      lines.push_back(from + toml_text(to) + "  # not taken");
      continue;
    }
    const std::string why = !column.remark.empty()     ? column.remark
                            : column.word.role.empty() ? "by its values"
                            : column.word.whole_name
                                ? "by its name"
                                : "its name holds \"" + std::string(column.word.role) + "\"";
    lines.push_back(from + toml_text(to) + "  # " + why + ", such as " +
                    as_comment(toml_text(column.shape.example)));
  }
  return lines;
}

bool looks_like_money(const DraftColumn& column) {
  return column.shape.numbers && column.shape.any_but_zero &&
         (is_money(column.role) || column.shape.comma_decimals || column.shape.point_decimals);
}

bool looks_like_a_mark(const DraftColumn& column, std::size_t rows) {
  if (column.role == "status" || column.role == "training" || column.role == "voided" ||
      column.role == "kind") {
    return column.shape.filled != 0;
  }
  return column.shape.filled != 0 && column.shape.distinct.size() >= 2 &&
         column.shape.distinct.size() <= 3 && rows >= 6 && !column.shape.is_time();
}

std::vector<std::string> questions_on_the_rest(const CsvDraft& draft) {
  std::vector<std::string> made;
  for (const DraftColumn& column : draft.columns) {
    if (!column.target.empty()) continue;
    const bool is_asked = draft.is_sales && (column.role == "amount" || column.role == "gross" ||
                                             column.role == "total");
    if (is_asked) continue;
    if (looks_like_money(column)) {
      made.push_back("\"" + column.name + "\" looks like money and is not taken");
    } else if (looks_like_a_mark(column, draft.sample.rows.size())) {
      made.push_back("\"" + column.name +
                     "\" looks as if it marked some rows and is not taken: do they all count?");
    }
  }
  return made;
}

std::string not_taken(const CsvDraft& draft) {
  std::string names;
  for (const DraftColumn& column : draft.columns) {
    if (column.target.empty()) names += (names.empty() ? "" : ", ") + column.name;
  }
  return names.empty() ? "" : "\n# not taken: " + as_comment(names) + "\n";
}

std::string head(const CsvDraft& draft, std::string_view name,
                 const std::vector<std::string>& questions) {
  std::string text = "# Drafted from a sample; it extends " + std::string(draft.kind->extends) +
                     ". See what it makes:\n#   storeward template test ./" + std::string(name) +
                     ".toml SAMPLE\n";
  for (const std::string& question : questions) text += "# ASK: " + as_comment(question) + "\n";
  text += "\n[template]\nname = " + toml_text(name) + "\nversion = \"1\"\nextends = \"" +
          std::string(draft.kind->extends) + "\"\n";
  if (draft.undecided.empty()) return text;
  text += "# ASK: it is refused until these are decided; then delete each line.\nundecided = [\n";
  for (const std::string& question : draft.undecided) text += "  " + toml_text(question) + ",\n";
  return text + "]\n";
}

}  // namespace

std::string name_in_template(const CsvDraft& draft, const DraftColumn& column) {
  if (!column.target.empty()) return column.target;
  const bool known = draft.sample.format.header && bears_a_known_name(draft, column);
  return known ? "own_" + column.name : column.name;
}

std::string toml_text(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      made += '\\';
      made += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      made += "\\u00";
      made += digits[static_cast<unsigned char>(c) >> 4];
      made += digits[c & 15];
    } else {
      made += c;
    }
  }
  return made + '"';
}

TemplateDraft written(const CsvDraft& draft, std::string_view name) {
  TemplateDraft made;
  made.questions = questions_on_the_rest(draft);
  made.questions.insert(made.questions.begin(), draft.questions.begin(), draft.questions.end());
  made.undecided = draft.undecided;
  made.text = head(draft, name, made.questions) + table("format", format_lines(draft));
  if (draft.sample.format.header) made.text += table("format.rename", rename_lines(draft));
  made.text +=
      table("format.derived", draft.derived) + not_taken(draft) + table("defaults", draft.defaults);
  for (const auto& [words, lines] : draft.tables) made.text += table("tables." + words, lines);
  made.text += table("conditions", draft.conditions) + table("named", draft.named);
  for (const std::string& rule : draft.rules) made.text += "\n" + rule;
  return made;
}

}  // namespace storeward
