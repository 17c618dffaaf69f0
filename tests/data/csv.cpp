#include <cmath>

#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

std::string csv_error(const std::string& text, const DataOptions& options = {}) {
  const Folder folder;
  const auto path = folder.write("x.csv", text);
  const std::string error = open_error(path, options);
  // What follows the folder, so that a test sees file:line:column.
  return error.starts_with(path.string()) ? error.substr(path.string().size() - 5) : error;
}

std::unique_ptr<DataFile> csv(const Folder& folder, const std::string& text,
                              const DataOptions& options = {}) {
  return open_data(folder.write("x.csv", text), options);
}

}  // namespace

TEST_CASE("csv: columns have the first type that holds all their cells") {
  const Folder folder;
  const auto file = csv(folder,
                        "whole,real,flag,word,gap,mixed,flag or gap,huge\r\n"
                        "1,1.5,true,a,,1,TRUE,9223372036854775807\r\n"
                        "-2,2,FALSE,\"b,\"\"c\"\"\",3,x,,9223372036854775808\r\n"
                        "+3,1e3,False,\"two\r\nlines\",NA,3,false,1\r\n");
  CHECK(file->items() == std::vector<std::string>{"whole", "real", "flag", "word", "gap", "mixed",
                                                  "flag or gap", "huge", "table"});
  CHECK(values<std::int64_t>(*file->open("whole")) == std::vector<std::int64_t>{1, -2, 3});
  CHECK(values<double>(*file->open("real")) == std::vector<double>{1.5, 2, 1000});
  const auto flag = file->open("flag");
  CHECK(flag->info().type == ElementType::boolean);
  CHECK(values<std::uint8_t>(*flag) == std::vector<std::uint8_t>{1, 0, 0});
  CHECK(texts(*file->open("word")) == std::vector<std::string>{"a", "b,\"c\"", "two\r\nlines"});
  const std::vector<double> gap = values<double>(*file->open("gap"));
  CHECK((std::isnan(gap[0]) && gap[1] == 3 && std::isnan(gap[2])));
  CHECK(texts(*file->open("mixed")) == std::vector<std::string>{"1", "x", "3"});
  CHECK(file->open("flag or gap")->info().type == ElementType::f64);
  CHECK(file->open("huge")->info().type == ElementType::f64);
  for (const std::string& item : file->items()) {
    if (item == "table") continue;
    CHECK(file->open(item)->info().dims == std::vector<std::string>{"n"});
    check_blocks(*file->open(item));
  }
}

TEST_CASE("csv: the table is all numeric columns") {
  const Folder folder;
  const auto source = csv(folder, "name,a,flag,b\nx,1,true,2.5\ny,,false,-3\n")->open("table");
  CHECK(source->info().shape == std::vector<std::uint64_t>{2, 2});
  CHECK(source->info().dims == std::vector<std::string>{"n", "d"});
  CHECK(source->info().attributes.at("columns") == Value{std::vector<std::string>{"a", "b"}});
  const std::vector<double> table = values<double>(*source);
  CHECK((table[0] == 1 && table[1] == 2.5 && std::isnan(table[2]) && table[3] == -3));
  check_blocks(*source);
}

TEST_CASE("csv: a header is told by its cells, or by the option") {
  const Folder folder;
  CHECK(csv(folder, "1,2\n3,4\n")->items() == std::vector<std::string>{"c0", "c1", "table"});
  CHECK(csv(folder, "a,\n3,4\n")->items() == std::vector<std::string>{"a", "c1", "table"});
  CHECK(csv(folder, "a,5\nb,6\n")->items() == std::vector<std::string>{"c0", "c1", "table"});
  CHECK(csv(folder, "2001,2002\n1,2\n", {"", true})->items() ==
        std::vector<std::string>{"2001", "2002", "table"});
  CHECK(texts(*csv(folder, "a,b\nc,d\n", {"", false})->open("c1")) == std::vector<std::string>{"b", "d"});
  CHECK(csv(folder,
            "\xef\xbb\xbf"
            "a,b\n1,2\n")
            ->items()[0] == "a");
  CHECK(csv(folder, "table,b\n1,2\n")->items() == std::vector<std::string>{"table", "b"});
}

TEST_CASE("csv: line ends, blank lines, blanks, separators and compression do not matter") {
  const Folder folder;
  const std::vector<double> expected{1, 2.5, 3, 4.5};
  for (const std::string text :
       {"a,b\n1,2.5\n3,4.5", "a,b\r1,2.5\r3,4.5\r", "\n\na,b\r\n\r\n1, 2.5 \r\n3,\"4.5\"\r\n\r\n",
        "a;b\n1;2.5\n3;4.5\n", "a\tb\n1\t2.5\n3\t4.5\n", "\"a\",\"b\"\n1,2.5\n3,+4.5e0\n"}) {
    INFO(text);
    CHECK(values<double>(*csv(folder, text)->open("table")) == expected);
    CHECK(values<double>(*open_data(folder.write("x.csv.gz", gzip_bytes(text)))->open("table")) == expected);
  }
  CHECK(values<double>(*open_data(folder.write("x.tsv", "a,b\tc\n1\t2.5\n3\t4.5\n"))->open("table")) ==
        expected);
  CHECK(values<double>(*open_data(folder.write("x.dat", "1,2.5\n3,4.5\n"), as("csv"))->open("table")) ==
        expected);
}

TEST_CASE("csv: numbers at the edge") {
  const Folder folder;
  const auto real = values<double>(*csv(folder, "x\n1e-400\n-inf\nnan\n.5\n5.\n4.9e-324\n")->open("x"));
  CHECK(real[0] == 0);
  CHECK(real[1] == -INFINITY);
  CHECK(std::isnan(real[2]));
  CHECK(real[3] == 0.5);
  CHECK(real[4] == 5);
  CHECK(real[5] == 4.9e-324);
  CHECK(csv(folder, "x\n0x10\n1\n")->open("x")->info().type == ElementType::text);
  CHECK(csv(folder, "x\n1e999\n1\n")->open("x")->info().type == ElementType::text);
}

TEST_CASE("csv: errors name line and column") {
  CHECK_THAT(csv_error("a,b\n1,2\n3\n"), Contains("x.csv:3:1: the line has 1 cells, but the first has 2"));
  CHECK_THAT(csv_error("a,b\n1,2\n3,4,5\n"), Contains("x.csv:3:5: the line has 3 cells"));
  CHECK_THAT(csv_error("a,b\n1,\"2\n3,4\n"),
             Contains("x.csv:2:3: the quote that opens here is never closed"));
  CHECK_THAT(csv_error("a,b\n1,\"2\"x\n"), Contains("x.csv:2:6: 'x' follows a closing quote"));
  CHECK_THAT(csv_error("a,b\n1,5\"\n"), Contains("x.csv:2:4: a quote inside"));
  CHECK_THAT(csv_error("a,b\n\"1\n2\",3,4\n"), Contains("x.csv:3:6: the line has 3 cells"));
  CHECK_THAT(csv_error("a,b,a\n1,2,3\n"),
             Contains("x.csv:1:5: the column name 'a' stands here and in column 1"));
  CHECK_THAT(csv_error("a,b\n1,\xff\n"), Contains("x.csv:2:3: this cell is not UTF-8"));
  CHECK_THAT(csv_error("\xff,b\n1,2\n"), Contains("x.csv:1:1: this column's name is not UTF-8"));
  CHECK_THAT(csv_error("a\n" + std::string(70000, 'x') + "\n"),
             Contains("x.csv:2:1: this cell has 70000 bytes"));
  CHECK_THAT(csv_error(std::string((1 << 20) + 1, ',')),
             Contains("x.csv:1:") && Contains("more than 1048576 cells"));
  CHECK_THAT(csv_error("a" + std::string(5000, ' ') + "\n1\n" + std::string{"\0", 1}),
             Contains("x.csv:3:1: a NUL byte"));
  CHECK_THAT(csv_error("\n\r\n"), Contains("only blank lines"));
  CHECK_THAT(csv_error("a,b\n"), Contains("no line of data"));
  CHECK_THAT(csv_error(""), Contains("is empty"));
}

TEST_CASE("csv: a slip in a column of numbers does not drop the column unseen") {
  const Folder folder;
  const auto file = csv(folder, "a,b\n1,2\n3,4\n5,6o\n");
  CHECK_THAT(error_of([&] { (void)file->open("table"); }), Contains("x.csv:4:3: '6o' is no number"));
  CHECK(texts(*file->open("b")) == std::vector<std::string>{"2", "4", "6o"});
  CHECK_THAT(error_of([&] { (void)file->open("c"); }),
             Contains("no column 'c'; there are 'a', 'b', 'table'"));
  CHECK_THAT(error_of([&] { (void)csv(folder, "a b\n1 2\n")->open("table"); }), Contains("separator"));
}
