#include "agent/core/format_options.h"

namespace storeward {

std::string key_of_rows(const FormatOptions& options) {
  const FormatOptions defaults;
  if (options.encoding != defaults.encoding) return "format.encoding";
  if (options.skip_lines != defaults.skip_lines) return "format.skip_lines";
  if (!options.group_by.empty()) return "format.group_by";
  if (options.group_window != defaults.group_window) return "format.group_window";
  if (!options.group_by_optional.empty()) return "format.group_by_optional";
  if (options.delimiter != defaults.delimiter) return "format.delimiter";
  if (options.quote != defaults.quote) return "format.quote";
  if (options.header != defaults.header) return "format.header";
  if (!options.columns.empty()) return "format.columns";
  if (!options.rename.empty()) return "format.rename";
  if (!options.derived.empty()) return "format.derived";
  if (!options.header_marker.empty()) return "format.header_marker";
  if (!options.heads.empty()) return "format.heads";
  if (!options.join.empty()) return "format.join";
  if (!options.parents.empty()) return "format.parents";
  if (!options.lookups.empty()) return "format.lookups";
  return options.fixed.empty() ? "" : "format.fixed";
}

}  // namespace storeward
