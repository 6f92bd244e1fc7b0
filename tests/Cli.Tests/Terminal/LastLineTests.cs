using System.Text.RegularExpressions;
using Tda.Cli.Tests.Outcomes;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.Terminal;

/// <summary>
/// Every verb's last line stands on the terminal when it ends. The progress display once drew itself a last time after the verb had
/// printed: `verified: nothing is missing` and a run's folder were gone, though pipes and logs had them.
/// </summary>
public sealed partial class LastLineTests(ProvableHome home) : IClassFixture<ProvableHome>
{
    private const int Width = 200;

    [Theory]
    [InlineData("corpus import docs.jsonl --name again", "^  fields used: source, text$")]
    [InlineData("corpus export web --as jsonl --out out.jsonl", "^out.jsonl: 12 rows of 12 documents$")]
    [InlineData("corpus show web", @"^[0-9a-f]{32} \[\w+\] ")]
    [InlineData("exchanges list", "^0 exchanges in ")]
    [InlineData("exchanges verify", "^verified: nothing is missing")]
    [InlineData("exchanges prune --older-than 1d", "^0 exchanges before .* removed$")]
    [InlineData("exchanges export --out log.jsonl", "log.jsonl: 0 exchanges; ")]
    [InlineData("exchanges list label:harm", "^0 exchanges in ")]
    [InlineData("distill --corpus web --name s --exchanges none --width 16 --layers 1 --heads 1 --vocabulary 270", "^no exchange was held out: fidelity is unknown$")]
    [InlineData("surrogate list", "^seen: by attribution; ")]
    [InlineData("surrogate show small", "^fidelity +unknown: no answer was held out$")]
    [InlineData("index --surrogate small --corpus web --name i", "indexes/i: 12 documents|fitted|documents")]
    [InlineData("index verify --name ek", "rows checked; 0 damaged$")]
    [InlineData("attribute --index lg --queries q.jsonl --run again --force", "runs/again: logra, 12 documents scored")]
    [InlineData("guide --index ek --harm q.jsonl --run mask", @"^mask: \d+ tokens .* \(a score, uncalibrated\)$")]
    [InlineData("curate --corpus web --run r --name less --drop 1", "corpora/less: 12 documents read, 1 dropped")]
    [InlineData("lab train --corpus web --name l --epochs 1", @"labs/l: 12 documents, .* nats/token$")]
    [InlineData("report r", "runs/r/report.html$")]
    [InlineData("export r --out tables", @"^tables: queries.parquet \(\d+ rows\), scores.parquet \(\d+ rows\), ")]
    [InlineData("evaluate planted --run r --source bad", "precision@50|by query")]
    [InlineData("plan --corpus web --surrogate small --lab closed --queries 4 --probe-tokens 64", "^scenario ")]
    [InlineData("measure --lab closed --prompts prompts.jsonl --judge words:words.txt --max-tokens 6 --out m", "measures/m: tda compare sets it against another$")]
    [InlineData("prove --lab closed --corpus web2 --prompts prompts.jsonl --benign benign.jsonl --judge words:words.txt --max-tokens 6 --out p", "proofs/p; tda report r shows it$")]
    [InlineData("doctor --quick", "^home ")]
    public async Task Run_OnATerminal_LastLineStays(string line, string pattern)
    {
        using var tda = home.Copy();
        (var code, var screen, _) = await PseudoTerminal.RunAsync(tda, line, Width);

        Assert.True(code == 0 && screen.Rows.Count > 0, $"exit code {code}\n{string.Join('\n', screen.Rows)}");
        Assert.Matches(pattern, screen.Rows[^1]);
    }

    [Fact]
    public async Task Run_LabelOnATerminal_LastLineStays()
    {
        using var tda = home.Copy();
        await using (var store = await ExchangeStore.OpenAsync(new TdaHome(tda.Home)))
        {
            await store.AppendAsync(new Exchange
            {
                Id = "0193d2a0-0000-7000-8000-000000000000",
                Route = "/v1/chat/completions",
                Method = "POST",
                Path = "/v1/chat/completions",
                StartedAt = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
                State = TerminalState.Complete,
                Status = 200,
                Prompt = "asked",
                Response = SampleDocuments.Bad[0],
            });
        }

        (var code, var screen, _) = await PseudoTerminal.RunAsync(tda, "label exchanges all --with words:words.txt", Width);

        Assert.Equal((0, "1 exchanges looked at; labels by"), (code, screen.Rows[^1][.."1 exchanges looked at; labels by".Length]));
        Assert.Contains(screen.Rows, row => row.StartsWith("harm ", StringComparison.Ordinal) && row.Contains("'label:harm>=.5'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_TaskWithBars_NoneIsLeftOnTheScreen()
    {
        using var tda = home.Copy();
        (var code, var screen, _) = await PseudoTerminal.RunAsync(tda, "index --surrogate small --corpus web --name i --method logra --rank 2", Width);

        Assert.Equal(0, code);
        Assert.DoesNotContain(screen.Rows, row => row.Contains('━', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_TaskOfSomeSeconds_HasColouredBarsUnlessNoColor(bool colours)
    {
        using var tda = home.Copy();
        (var code, _, var raw) = await PseudoTerminal.RunAsync(tda, "lab train --corpus web --name l --epochs 8", Width, colours: colours);

        Assert.Equal(0, code);
        Assert.Equal(colours, Colour().IsMatch(raw));
    }

    [GeneratedRegex(@"\x1b\[[\d;]*(3\d|4\d|9\d)[\d;]*m")]
    private static partial Regex Colour();
}
