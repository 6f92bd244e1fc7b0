using FsCheck.Fluent;
using Spectre.Console;
using Tda.GatewayHost.Terminal;
using Tda.TestKit;

namespace Tda.Cli.Tests.Terminal;

public class ConsoleTableTests
{
    private const string Id = "0193d2a0-0000-7000-8000-000000000001";

    [Fact]
    public void WriteTable_InAPipe_IsALineARowWithTabs() => Assert.Equal(
        $"id\tprompt\n{Id}\ta b c\n", Written(null, ["id", "prompt"], [Id, "a\tb\nc"]));

    [Fact]
    public void WriteTable_WithRoom_IsAlignedNumbersRight() => Assert.Equal(
        "name       size\n───────────────\na         1 KiB\nbb    1,024 KiB\n",
        Written(80, ["name", "size"], ["a", "1 KiB"], ["bb", "1,024 KiB"]));

    [Fact]
    public void WriteTable_TextTooLong_IsBrokenAtSpacesAndIdsStayWhole()
    {
        var lines = Written(60, ["id", "text", "when"], [Id, "a long text of several words", "2026-11-30"]).TrimEnd().Split('\n');

        Assert.All(lines, line => Assert.InRange(line.Length, 0, 60));
        Assert.Contains(lines, line => line.StartsWith(Id, StringComparison.Ordinal));
        Assert.True(lines.Length > 3, "the text has more than one line");
    }

    [Fact]
    public void WriteTable_NoRoomEvenSo_HasALineACellAndNoEmptyOne() => Assert.Equal(
        $"id    {Id}\ntext  words\n\n", Written(30, ["id", "text", "note"], [Id, "words", ""]));

    [Fact]
    public void WriteTable_AnyCellsAndWidth_BreaksNoWordAndFitsOrListsCells() => Property.Holds(
        from words in Gen.Elements("a", "bcd", "efghi", "jklmnopqrst", "uv wx", "12", "y z a b c d e f").ListOf(6)
        from width in Gen.Choose(12, 60)
        select (Words: words.ToArray(), Width: width),
        drawn =>
        {
            var text = Written(drawn.Width, ["first", "second", "third"], drawn.Words[..3], drawn.Words[3..]);

            string[] printed = [.. text.Split([' ', '\n', '─'], StringSplitOptions.RemoveEmptyEntries)];
            Assert.All(drawn.Words.SelectMany(word => word.Split(' ')), word => Assert.Contains(word, printed));
            var isTable = text.Contains('─', StringComparison.Ordinal);
            Assert.True(!isTable || text.Split('\n').All(line => line.Length <= drawn.Width), text);
        });

    [Fact]
    public void WriteRecords_OnATerminal_CutsTextsAndNoIds()
    {
        using var output = new StringWriter();
        Console(output, 60).WriteRecords([["id", "state"]], ["prompt", "answer"], [[Id, "complete", new string('p', 50), "answer"]]);
        var lines = output.ToString().TrimEnd().Split('\n');

        Assert.Equal($"{Id}  complete", lines[0]);
        Assert.Equal(60, lines[1].Length);
        Assert.EndsWith("…", lines[1], StringComparison.Ordinal);
    }

    private static string Written(int? width, string[] columns, params string[][] rows)
    {
        using var output = new StringWriter();
        Console(output, width).WriteTable(columns, rows);
        return output.ToString();
    }

    /// <summary>A console of a width, or a pipe.</summary>
    private static IAnsiConsole Console(TextWriter output, int? width) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Out = new Output(output, width),
    });

    private sealed class Output(TextWriter writer, int? width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => width is not null;

        public int Width => width ?? 4096;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
