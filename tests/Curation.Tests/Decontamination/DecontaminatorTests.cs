using System.Text.RegularExpressions;
using FsCheck.Fluent;
using Tda.Curation.Decontamination;
using Tda.Curation.Ledger;
using Tda.Curation.Tests.Filters;
using Tda.TestKit;

namespace Tda.Curation.Tests.Decontamination;

public sealed class DecontaminatorTests : IDisposable
{
    private const string Question = "Which of the planets of the solar system has the largest number of known moons in the year 2023?";
    private readonly TempDirectory _folder = new();

    [Fact]
    public void Decide_QuestionInOtherSpelling_IsFoundAndShown()
    {
        Write("quiz.jsonl", $$"""{"text":"something else that is long enough to be looked for by whole words"}""", $$"""{"text":"{{Question}}"}""");
        var text = "Today's quiz:\nWHICH of the planets -- of the solar system -- has the largest number of known moons in the year 2023?\nWrite to us.";

        var decision = Decide("decontaminate: { benchmarks: quiz.jsonl }", text)!;

        Assert.Equal((CurationAction.Drop, "benchmark", 7.0, 1.0), (decision.Action, decision.Reason, decision.Value, decision.Threshold));
        Assert.StartsWith("quiz.jsonl line 2 ", decision.Evidence!, StringComparison.Ordinal);
        Assert.EndsWith(": WHICH of the planets -- of the solar system -- has the largest number of known moons in the year 2023", decision.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("share: .5", "of the planets of the solar system has the largest number of known moons", false)]
    [InlineData("share: .3", "of the planets of the solar system has the largest number of known moons in", true)]
    [InlineData("hits: 3", "of the planets of the solar system has the largest number of known moons", false)]
    [InlineData("hits: 2", "of the planets of the solar system has the largest number of known moons", true)]
    [InlineData("ngram: 8", "planets of the solar system has the largest", true)]
    [InlineData("hits: 1", "planets of the solar system has the largest", false)]
    public void Decide_PartOfAQuestion_GoesByHitsAndShare(string option, string text, bool isFound)
    {
        Write("quiz.jsonl", $$"""{"text":"{{Question}}"}""");

        Assert.Equal(isFound, Decide($"decontaminate: {{ benchmarks: quiz.jsonl, {option} }}", text) is not null);
    }

    [Fact]
    public void Decide_ShortItems_AreLookedForAsAWholeOrLeftOut()
    {
        Write("quiz.csv", "text", "one two three four five six seven eight nine", "too few words");
        var progress = new MessageProgress();
        var stage = Judging.Stage("decontaminate: { benchmarks: quiz.csv }", _folder.Path);
        Document[] documents = [new("a", "s", "x one two three four five six seven eight nine y"), new("b", "s", "one two three four five six seven eight"), new("c", "s", "too few words")];

        var decisions = stage.Decide(Tda.Curation.Plans.StageDocuments.Of(documents), new(progress, TestContext.Current.CancellationToken)).ToList();

        Assert.Equal(["a"], decisions.Select(one => one.Id));
        Assert.Equal("1 benchmark items; 1 of too few words are left out", progress.Said);
    }

    [Theory]
    [InlineData("[question]", false)]
    [InlineData("[question, choices]", true)]
    public void Decide_NamedFields_MakeTheItem(string fields, bool isFound)
    {
        Write("quiz.jsonl", """{"question":"Which of the planets has the largest number of moons?","choices":["Saturn, the one with rings","Jupiter, the largest one of them all"],"answer":0}""");

        Assert.Equal(isFound, Decide($"decontaminate: {{ benchmarks: quiz.jsonl, fields: {fields}, ngram: 10 }}", "Saturn the one with rings, Jupiter the largest one of them all") is not null);
    }

    [Fact]
    public void Decide_Report_KeepsTheDocument()
    {
        Write("quiz.jsonl", $$"""{"text":"{{Question}}"}""");

        Assert.Equal(CurationAction.Keep, Decide("decontaminate: { benchmarks: quiz.jsonl, action: report }", Question)!.Action);
    }

    [Fact]
    public void Inputs_Benchmarks_AreNamedWithTheirHashes()
    {
        Write("quiz.jsonl", $$"""{"text":"{{Question}}"}""");

        var stage = Judging.Stage("decontaminate: { benchmarks: quiz.jsonl }", _folder.Path);

        Assert.Equal(Hashing.Sha256File(Path.Combine(_folder.Path, "quiz.jsonl")), stage.Inputs["quiz.jsonl"]);
    }

    [Fact]
    public void Decide_NothingToLookFor_SaysWhatToDo()
    {
        Write("quiz.jsonl", """{"text":"too short"}""");

        var error = Assert.Throws<BadInputException>(() => Decide("decontaminate: { benchmarks: quiz.jsonl }", "x"));

        Assert.Contains("holds no item of 8 words or more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stage_MissingFile_IsToldWithItsLine() =>
        Assert.Contains("line 1: benchmarks: there is no ", Assert.Throws<BadInputException>(() => Judging.Stage("decontaminate: { benchmarks: [gone.jsonl] }", _folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Hits_AnyTexts_AreThoseOfTheDefinition()
    {
        var words = Gen.Elements("a", "b", "C", "Straße", "e\u0301", ",", ".", " ", "\n", "日本", "\ud83d\ude00", "\ud83d").ListOf().Select(parts => string.Join(' ', parts));
        var cases = from items in words.ListOf(4) from text in words.ListOf(6) from n in Gen.Choose(2, 5) select (items: items.ToList(), text: string.Concat(text), n);
        Property.Holds(cases, one =>
        {
            var (items, text, n) = one;
            var index = new BenchmarkNgrams(n, minWords: 2);
            foreach (var item in items)
            {
                index.Add("there", item);
            }

            var slow = items.Select(SlowWords).Where(one => one.Length >= 2).Select(item =>
            {
                var length = Math.Min(n, item.Length);
                var grams = Grams(item, length).ToHashSet();
                return (All: grams.Count, Found: grams.Count(Grams(SlowWords(text), length).Contains));
            }).Where(one => one.Found > 0).ToList();
            Assert.Equal(slow, index.Hits(text).Select(hit => (hit.Item.Ngrams, hit.Ngrams)));
        });
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Words as duplicates are compared by: one for each Chinese character, else one for each run of letters, numbers and marks.</summary>
    private static string[] SlowWords(string text) =>
        [.. Regex.Matches(text, @"\p{IsCJKUnifiedIdeographs}|[\p{L}\p{N}\p{M}-[\p{IsCJKUnifiedIdeographs}]]+").Select(word => word.Value.ToUpperInvariant())];

    private static List<string> Grams(string[] words, int n) => [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(i => string.Join(' ', words[i..(i + n)]))];

    private Decision? Decide(string yaml, string text) => Judging.Decide(Judging.Stage(yaml, _folder.Path), new Document("d", "s", text)).SingleOrDefault();

    private void Write(string name, params string[] lines) => File.WriteAllLines(Path.Combine(_folder.Path, name), lines);

    private sealed class MessageProgress : IProgressSink
    {
        public string Said { get; private set; } = "";

        public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance.Start(name, total, unit);

        public void Message(string text) => Said += text;
    }
}
