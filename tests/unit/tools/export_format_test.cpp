// SPDX-License-Identifier: Apache-2.0
// What programs that read an export rely on: the trace-event format, folded lines, names that nobody can be hurt by,
// the command line and the file.
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export_support.h"
#include "tools/common/cli.h"
#include "tools/trace/export_output.h"

namespace kfence {
namespace {

using nlohmann::json;
using test::alloc;
using test::column;
using test::end_of;
using test::exported;
using test::Folder;
using test::kSecond;
using test::parse_csv;
using test::parse_lines;
using test::Story;
using testing::ElementsAre;
using testing::HasSubstr;

struct Slice {
    std::string name;
    double begin = 0;
    double end = 0;
};
/// By process and id: the slices of a track, as they were opened.
using Tracks = std::map<std::pair<int, std::string>, std::vector<Slice>>;

/// Checks one event by the trace-event format, and its place in its track.
class TraceEventReader {
public:
    void read(const json& event) {
        ASSERT_TRUE(event.is_object());
        ASSERT_TRUE(event["ph"].is_string() && event["name"].is_string());
        ASSERT_TRUE(event["ts"].is_number() && event["pid"].is_number_integer() && event["tid"].is_number_integer());
        EXPECT_GE(event["ts"].get<double>(), 0);
        const std::string phase = event["ph"];
        if (phase == "b" || phase == "e") {
            read_async(event, phase == "b");
        } else if (phase == "C") {
            EXPECT_TRUE(event["args"]["allocated"].is_number()) << event;
        } else if (phase == "i") {
            EXPECT_EQ(event["s"], "p");
        } else {
            EXPECT_EQ(phase, "M") << event;
            EXPECT_TRUE(event["args"]["name"].is_string());
        }
        ++phases[phase];
    }
    void expect_all_closed() const {
        for (const auto& [id, open] : open_) {
            EXPECT_TRUE(open.empty()) << "track " << id.second << " is open";
        }
    }

    Tracks tracks;
    std::map<std::string, int> phases;

private:
    void read_async(const json& event, bool begins) {
        ASSERT_EQ(event["cat"], "slot");
        ASSERT_TRUE(event["id2"]["local"].is_string()) << event;
        const std::pair id{event["pid"].get<int>(), event["id2"]["local"].get<std::string>()};
        const double at = event["ts"];
        EXPECT_GE(at, last_[id]) << "goes back: " << event;
        last_[id] = at;
        if (begins) {
            open_[id].push_back(tracks[id].size());
            tracks[id].push_back({.name = event["name"], .begin = at});
            EXPECT_LE(open_[id].size(), 2U) << "two objects in one slot: " << event;
            return;
        }
        ASSERT_FALSE(open_[id].empty()) << "an end without a beginning: " << event;
        Slice& slice = tracks[id][open_[id].back()];
        open_[id].pop_back();
        EXPECT_EQ(event["name"], slice.name);
        slice.end = at;
    }

    std::map<std::pair<int, std::string>, std::vector<std::size_t>> open_;
    std::map<std::pair<int, std::string>, double> last_;
};

class ExportFormatTest : public testing::Test {
protected:
    TraceEventReader chrome() {
        const json all = json::parse(exported(story_.path(), ExportTable::kLifetimes, ExportFormat::kChrome));
        EXPECT_EQ(all["displayTimeUnit"], "ms");
        EXPECT_TRUE(all["otherData"]["machines"].is_array());
        TraceEventReader reader;
        for (const json& event : all["traceEvents"]) {
            reader.read(event);
        }
        reader.expect_all_closed();
        return reader;
    }

    Folder folder_;
    Story story_{folder_.file("a")};
};

TEST_F(ExportFormatTest, OverlappingLifetimesOfSlotsAreTracksOfTheirOwn) {
    const CacheId a = story_.names().cache("a");
    const CacheId b = story_.names().cache("b");
    // Slots 1 and 2 cross; slot 1 is used twice; slot 3 holds the whole time.
    story_.write({alloc(101, 3, a), alloc(102, 1, a), alloc(103, 2, b), end_of(102, 1, 104), alloc(104, 1, b),
                  end_of(103, 2, 105), end_of(104, 1, 107)});
    story_.end(110);
    auto reader = chrome();
    const auto& one = reader.tracks[{1, "1"}];
    ASSERT_EQ(one.size(), 3U);
    EXPECT_EQ(one[0].name, "slot 1");
    EXPECT_EQ(one[0].begin, 2e6);
    EXPECT_EQ(one[0].end, 10e6);
    EXPECT_EQ(one[1].name, "a");
    EXPECT_EQ(one[1].end, 4e6);
    EXPECT_EQ(one[2].name, "b");
    EXPECT_EQ(one[2].begin, 4e6);
    EXPECT_EQ(one[2].end, 7e6);
    const auto& two = reader.tracks[{1, "2"}];
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[1].begin, 3e6);
    EXPECT_EQ(two[1].end, 5e6);
    const auto& three = reader.tracks[{1, "3"}];
    ASSERT_EQ(three.size(), 2U);
    EXPECT_EQ(three[1].end, 10e6); // until the end of the recording
}

TEST_F(ExportFormatTest, OlderObjectsBeginWithTheRecordingAndReportsAreInstants) {
    story_.write(test::small_story(story_.names())).sample(106, 1);
    ReportEvent report;
    report.time = 107 * kSecond;
    story_.write({report});
    story_.end(110);
    auto reader = chrome();
    EXPECT_EQ(reader.tracks[std::pair(1, std::string("5"))].at(1).begin, 0);
    EXPECT_EQ(reader.phases["i"], 1);
    EXPECT_EQ(reader.phases["C"], 1);
    EXPECT_EQ(reader.phases["M"], 1);
}

TEST_F(ExportFormatTest, AnObjectThatWasOvertakenDoesNotBreakItsTrack) {
    const CacheId cache = story_.names().cache("c");
    story_.write({alloc(101, 1, cache), alloc(102, 1, cache), end_of(102, 1, 103),
                  test::found(106, 1, SlotState::kAllocated, cache, 105), alloc(104, 1, cache), end_of(104, 1, 105),
                  alloc(105, 1, cache), end_of(105, 1, 108)});
    story_.end(110);
    EXPECT_EQ(chrome().tracks[std::pair(1, std::string("1"))].size(), 5U);
}

constexpr const char* kHostile[] = {"=cmd|'x'",    "a\"b", "new\nline", "semi;colon", "bad\xff\xfe",
                                    "\x1b[31mred", "-1+1", "@sum",      "com,ma",     "back\\slash"};

class HostileNames : public ExportFormatTest {
protected:
    HostileNames() {
        Slot slot = 0;
        for (const char* name : kHostile) {
            AllocEvent event = alloc(101, slot++, story_.names().cache(name), story_.stack({name, "ok+0x1/0x2"}));
            event.task.comm = {'=', '"', '\n', '\x80', ';'};
            story_.write({event});
        }
        story_.end(110);
    }
};

TEST_F(HostileNames, AreHarmlessInCsv) {
    const auto rows = parse_csv(exported(story_.path(), ExportTable::kObjects, ExportFormat::kCsv));
    EXPECT_THAT(column(rows, "cache"), ElementsAre("'=cmd|'x'", "a\"b", "new\\x0aline", "semi;colon", "bad\\xff\\xfe",
                                                   "\\x1b[31mred", "'-1+1", "'@sum", "com,ma", "back\\slash"));
    EXPECT_THAT(column(rows, "comm"), testing::Each(std::string("'=\"\\x0a\\x80;")));
    for (const ExportTable table : {ExportTable::kEvents, ExportTable::kAges, ExportTable::kLifetimes,
                                    ExportTable::kCaches, ExportTable::kStacks}) {
        for (const auto& row : parse_csv(exported(story_.path(), table, ExportFormat::kCsv))) {
            for (const std::string& cell : row) {
                EXPECT_EQ(cell.find_first_of("=+-@\t\r\n"), cell.find_first_of("=+-@\t\r\n", 1)) << cell;
            }
        }
    }
}

TEST_F(HostileNames, AreTheirCleanSelvesInJson) {
    const auto lines = parse_lines(exported(story_.path(), ExportTable::kObjects, ExportFormat::kJsonl));
    ASSERT_EQ(lines.size(), std::size(kHostile));
    EXPECT_EQ(lines[0]["cache"], "=cmd|'x'");
    EXPECT_EQ(lines[1]["cache"], "a\"b");
    EXPECT_EQ(lines[4]["cache"], "bad\\xff\\xfe");
    EXPECT_EQ(lines[9]["cache"], "back\\slash");
    EXPECT_EQ(lines[2]["stack"][0], "new\\x0aline");
    for (const ExportTable table : {ExportTable::kEvents, ExportTable::kAges, ExportTable::kLifetimes,
                                    ExportTable::kCaches, ExportTable::kStacks}) {
        EXPECT_GE(parse_lines(exported(story_.path(), table, ExportFormat::kJsonl)).size(), std::size(kHostile));
    }
}

TEST_F(HostileNames, AreNamesInATrace) {
    EXPECT_EQ(chrome().tracks[std::pair(1, std::string("2"))].at(1).name, "new\\x0aline");
}

TEST_F(HostileNames, BreakNoFoldedLine) {
    std::istringstream lines(exported(story_.path(), ExportTable::kStacks, ExportFormat::kFolded));
    const std::regex folded("[^;\n]+;[^;\n]+;[^;\n]+ [0-9]+");
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_TRUE(std::regex_match(line, folded)) << line;
    }
    EXPECT_EQ(count, std::size(kHostile));
}

class ExportCommandLine : public testing::Test {
protected:
    static Result<ExportOptions> parse(std::vector<const char*> arguments) {
        CLI::App app("", "export");
        TypedExport typed;
        declare_export_options(app, typed);
        arguments.insert(arguments.begin(), {"export", "file"});
        if (auto done = parse_command_line(app, static_cast<int>(arguments.size()), arguments.data()); !done) {
            return std::unexpected(done.error());
        }
        return check_export_options(app, typed);
    }
    static std::string refusal(const std::vector<const char*>& arguments) {
        const auto parsed = parse(arguments);
        return parsed ? "" : parsed.error().message;
    }
};

TEST_F(ExportCommandLine, TakesWhatFits) {
    const auto options = parse({"--table", "stacks", "--format", "folded", "--weight", "slot-time"});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->table, ExportTable::kStacks);
    EXPECT_EQ(options->format, ExportFormat::kFolded);
    EXPECT_EQ(options->weight, FoldedWeight::kSlotTime);
    EXPECT_TRUE(options->output.empty());
}

TEST_F(ExportCommandLine, NamesTheRemedyForWhatDoesNot) {
    EXPECT_THAT(refusal({"--table", "ages", "--format", "chrome"}), HasSubstr("for --table lifetimes"));
    EXPECT_THAT(refusal({"--table", "ages", "--format", "folded"}), HasSubstr("for --table stacks"));
    EXPECT_THAT(refusal({"--table", "x"}), HasSubstr("--table x: must be events, objects"));
    EXPECT_THAT(refusal({"--table", "ages", "--format", "xml"}), HasSubstr("must be csv, jsonl, chrome or folded"));
    EXPECT_THAT(refusal({"--table", "stacks", "--weight", "count"}), HasSubstr("without --format folded"));
    EXPECT_THAT(refusal({"--table", "ages", "--histogram"}), HasSubstr("without --table lifetimes"));
    EXPECT_THAT(refusal({"--table", "ages", "--force"}), HasSubstr("without --output"));
    EXPECT_THAT(refusal({}), HasSubstr("--table is required"));
}

class ExportFile : public testing::Test {
protected:
    [[nodiscard]] static std::string content(const std::string& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    [[nodiscard]] ExportOptions options(const std::string& name, bool force = false) const {
        ExportOptions out;
        out.file = folder_.file("recording");
        out.output = folder_.file(name);
        out.force = force;
        return out;
    }
    Folder folder_;
};

TEST_F(ExportFile, IsThereWhenItIsComplete) {
    {
        auto output = ExportOutput::create(options("out"), nullptr);
        ASSERT_TRUE(output);
        output->buffer() = std::string(100'000, 'x');
        ASSERT_TRUE(output->pass());
        EXPECT_EQ(content(folder_.file("out")), "");
        output->buffer() += "end";
        ASSERT_TRUE(output->finish());
    }
    EXPECT_EQ(content(folder_.file("out")), std::string(100'000, 'x') + "end");
}

TEST_F(ExportFile, ReplacesNothingUnlessAsked) {
    std::ofstream(folder_.file("out")) << "old";
    const auto refused = ExportOutput::create(options("out"), nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(refused.error().message, HasSubstr("exists: choose another name, or add --force"));
    EXPECT_TRUE(ExportOutput::create(options("out", true), nullptr)) << "and given up";
    EXPECT_EQ(content(folder_.file("out")), "old");
    auto output = ExportOutput::create(options("out", true), nullptr);
    ASSERT_TRUE(output);
    output->buffer() = "new";
    ASSERT_TRUE(output->finish());
    EXPECT_EQ(content(folder_.file("out")), "new");
}

TEST_F(ExportFile, IsNeverTheRecordingNorADevice) {
    std::ofstream(folder_.file("recording")) << "precious";
    EXPECT_FALSE(ExportOutput::create(options("recording", true), nullptr));
    ExportOptions device = options("x", true);
    device.output = "/dev/null";
    EXPECT_FALSE(ExportOutput::create(device, nullptr));
    EXPECT_EQ(content(folder_.file("recording")), "precious");
}

} // namespace
} // namespace kfence
