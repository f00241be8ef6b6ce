// FormatOptions: how a source is to be read, from the [format] table of a template. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace storeward {

struct FixedColumn {
  std::string name;
  std::size_t start = 1;  // first character, from 1
  std::size_t width = 0;
};

// A column that is made of others of its row.
struct DerivedColumn {
  std::string name;
  std::vector<std::string> from;  // columns as they are called after `rename`
  std::string with = " ";         // between them; what is empty is left out
  std::string until;              // the text ends before the first of these characters; empty: none
  std::size_t characters = 0;     // at most so many (bytes); 0: all
};

struct FormatOptions {
  // csv, csv_set, fixed, lines, json, ndjson, xml, x12, edifact
  std::string kind = "csv";
  std::size_t max_record_bytes = 1u << 20;  // a longer record is a fault

  // csv, fixed, lines. The limit above is of a row's text after its conversion to UTF-8.
  std::string encoding = "utf-8";  // or windows-1252, iso-8859-1, iso-8859-15, utf-16 (by its BOM)
  std::size_t skip_lines = 0;      // before the header or the first row
  std::size_t max_columns = 2000;
  // Rows with the same values in these columns are one record (a receipt), which as a whole must
  // keep to max_record_bytes.
  std::vector<std::string> group_by;
  // So many records may be open at a time: rows of one may be interrupted by those of others. With
  // 1 its rows follow each other, and what comes back is a record of its own.
  std::size_t group_window = 1;
  // Columns that a file may have or not; where it has them, rows of one group are alike in them too
  // (the site, in a file of several) or leave them empty. Without group_by they say nothing.
  std::vector<std::string> group_by_optional;

  // csv
  char delimiter = ',';
  char quote = '"';                  // '\0': none
  bool header = true;                // the first line names the columns
  std::vector<std::string> columns;  // names, where there is no header; with one: must be among it
  // What a column of the header is called in records: an extended template's paths keep their names
  // whatever the file calls its columns. Names that are not in the header are no fault.
  std::map<std::string, std::string, std::less<>> rename;
  std::vector<DerivedColumn> derived;
  // All names in the paths of the template, be they of columns or not: a column that is read must
  // not stand twice in a header.
  std::set<std::string, std::less<>> read;
  // Files in which the first field of each line says what the line is: the one that names the
  // columns of the lines behind it ("CH" of PayPal), the first of them by this word itself; lines
  // before it have columns "1", "2" …. Empty: none; otherwise `header` says nothing.
  std::string header_marker;

  // csv_set: an archive of CSV files that belong together, which csv's keys say how to read. The
  // files whose rows are the records, and the columns by which rows of others belong to them. Files
  // whose rows have rows of others below them, and files whose rows stand below each row that names
  // them.
  std::vector<std::string> heads, join, parents, lookups;

  // fixed
  std::vector<FixedColumn> fixed;

  // json, xml. The encoding of XML is what its declaration says, JSON is UTF-8.
  // json: the path of the array whose elements are the records ("epcisBody/eventList"); empty: the
  // elements of a top-level array, or the document. xml: the local name of the element that is one
  // record ("Transaction"); empty: the root element.
  std::string records;
  // xml: the local name of the root of a document that may be without records (a day without
  // receipts). Another document without any is a fault; so is any, where this is empty, that has
  // more than short texts.
  std::string root;
  // json: a record that is an event of EPCIS without an eventID gets the member `eventHash`, its
  // event hash id (CBV 2.0 section 8.9), where that can be made for certain.
  bool event_hash = false;
};

// The first key that is set and has no meaning for formats other than csv, fixed and lines; empty
// if there is none.
std::string key_of_rows(const FormatOptions& options);

}  // namespace storeward
