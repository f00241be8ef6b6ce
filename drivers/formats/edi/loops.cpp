#include "drivers/formats/edi/loops.h"

#include <algorithm>
#include <array>
#include <span>

namespace storeward {

// A loop is opened by one tag, `below` the root ("/") or below loops named by their openers. To it
// belong its `members`; "*": whatever no other loop opens and no `summary` of the set names.
struct EdiLoop {
  std::string_view opener, below, members;
};

struct EdiSetLoops {
  std::string_view set;
  std::span<const EdiLoop> loops;
  std::string_view summary;  // stands below the root and closes all loops
};

namespace {

constexpr std::string_view any = "*";
constexpr std::string_view tree = "HL";
constexpr std::string_view x12_party = "N2 N3 N4 REF PER G61";

// Of X12 releases 4010 to 5010, with what partners are seen to leave out: 867 has QTY{LIN} by the
// standard and LIN{QTY} from some, 945 and 940 sometimes come without LX.
constexpr EdiLoop loops_846[] = {
    {"LIN", "/", any}, {"QTY", "LIN", "UIT MEA LOC DTM REF"}, {"N1", "/ LIN", x12_party}};
constexpr EdiLoop loops_852[] = {
    {"LIN", "/", any}, {"ZA", "LIN", "SDQ QTY DTM CTP REF"}, {"N1", "/ LIN", x12_party}};
constexpr EdiLoop loops_856[] = {{"HL", "/", any}, {"N1", "/ HL", x12_party}};
constexpr EdiLoop loops_867[] = {
    {"PTD", "/", any}, {"QTY", "PTD", any}, {"LIN", "PTD", any}, {"N1", "/ PTD", x12_party}};
constexpr EdiLoop loops_940[] = {{"LX", "/", any}, {"W01", "/ LX", any}, {"N1", "/ LX", x12_party}};
constexpr EdiLoop loops_943[] = {{"W04", "/", any}, {"N1", "/ W04", x12_party}};
constexpr EdiLoop loops_944[] = {{"W07", "/", any}, {"N1", "/ W07", x12_party}};
constexpr EdiLoop loops_945[] = {{"LX", "/", any}, {"W12", "/ LX", any}, {"N1", "/ LX", x12_party}};
constexpr EdiLoop loops_947[] = {{"W19", "/", any}, {"N1", "/ W19", x12_party}};

// Of EDIFACT directories D.93A to D.01B and their EANCOM subsets. In INVRPT a QTY has an INV below
// it until D.96A, and stands below one in D.01B.
constexpr EdiLoop loops_invrpt[] = {{"NAD", "/ LIN INV", "LOC RFF CTA COM"},
                                    {"LIN", "/", any},
                                    {"INV", "LIN", any},
                                    {"LOC", "LIN", "DTM"},
                                    {"QTY", "LIN INV LOC", "INV GIN LOC DTM STS MOA PRI CUX RFF"},
                                    {"CPS", "QTY", "PAC MEA PCI DTM GIN"}};
constexpr EdiLoop loops_slsrpt[] = {
    {"NAD", "/ LOC LIN", "RFF CTA COM"}, {"LOC", "/ LIN", any}, {"LIN", "/ LOC", any}};
constexpr EdiLoop loops_despatch[] = {{"NAD", "/ CPS LIN", "LOC RFF CTA COM"},
                                      {"CPS", "/", any},
                                      {"PAC", "CPS", "MEA QTY DTM RFF PCI GIN GIR"},
                                      {"LIN", "/ CPS", any},
                                      {"PCI", "LIN", "DTM MEA QTY QVR GIN GIR RFF"}};

constexpr std::array<EdiSetLoops, 13> tables = {{
    {"846", loops_846, "CTT SE"},
    {"852", loops_852, "CTT SE"},
    {"856", loops_856, "CTT SE"},
    {"867", loops_867, "CTT SE"},
    {"940", loops_940, "W76 SE"},
    {"943", loops_943, "W03 SE"},
    {"944", loops_944, "W14 CTT SE"},
    {"945", loops_945, "W03 SE"},
    {"947", loops_947, "CTT SE"},
    {"INVRPT", loops_invrpt, "UNS CNT UNT"},
    {"SLSRPT", loops_slsrpt, "UNS CNT UNT"},
    {"DESADV", loops_despatch, "UNS CNT UNT"},
    {"RECADV", loops_despatch, "UNS CNT UNT"},
}};

// Whether `list`, words between blanks, has the word.
bool has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

const EdiLoop* loop_below(const EdiSetLoops& table, std::string_view tag, std::string_view above) {
  for (const EdiLoop& loop : table.loops) {
    if (loop.opener == tag && has(loop.below, above)) return &loop;
  }
  return nullptr;
}

}  // namespace

EdiLoops::EdiLoops(std::string_view set) : table_(nullptr) {
  for (const EdiSetLoops& table : tables) {
    if (table.set == set) table_ = &table;
  }
}

Record::Node EdiLoops::parent_of(std::string_view tag) {
  if (table_ == nullptr) return Record::root;
  if (has(table_->summary, tag)) open_.clear();
  // The next round of an open loop.
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (open_[i].opener == tag) open_.resize(i);
  }
  while (!open_.empty()) {
    const Open& innermost = open_.back();
    if (loop_below(*table_, tag, innermost.opener) != nullptr) break;
    if (innermost.members == any && loop_below(*table_, tag, "/") == nullptr) break;
    if (has(innermost.members, tag)) break;
    open_.pop_back();
  }
  return open_.empty() ? Record::root : open_.back().node;
}

void EdiLoops::added(std::string_view tag, Record::Node node) {
  if (table_ == nullptr) return;
  const EdiLoop* const loop =
      loop_below(*table_, tag, open_.empty() ? std::string_view("/") : open_.back().opener);
  if (loop != nullptr) open_.push_back({loop->opener, loop->members, node});
}

bool EdiLoops::is_tree(std::string_view tag) const {
  return table_ != nullptr && table_->set == "856" && tag == tree;
}

EdiLoops::Level EdiLoops::parent_of_level(std::string_view above, Record::Node& parent) {
  open_.clear();
  parent = Record::root;
  depth_ = 1;
  if (above.empty()) return Level::placed;
  const auto known = levels_.find(above);
  if (known == levels_.end()) return Level::orphan;
  parent = known->second.node;
  depth_ = known->second.depth + 1;
  return depth_ > max_levels ? Level::too_deep : Level::placed;
}

void EdiLoops::added_level(std::string_view id, Record::Node node) {
  levels_.insert_or_assign(id, TreeNode{node, depth_});
  open_.push_back({tree, any, node});
}

}  // namespace storeward
