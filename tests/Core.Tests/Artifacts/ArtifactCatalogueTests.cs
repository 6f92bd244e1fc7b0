using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.Artifacts;

public sealed class ArtifactCatalogueTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TdaHome _home;

    public ArtifactCatalogueTests() => _home = new TdaHome(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("corpora/web", "corpora/web")]
    [InlineData("runs/r/mask.jsonl", "runs/r")]
    [InlineData("corpus web", "corpora/web")]
    [InlineData("corpus:web", "corpora/web")]
    [InlineData("surrogate:small", "surrogates/small")]
    [InlineData("base closed", "labs/closed")]
    [InlineData("exchanges", null)]
    [InlineData("prompts", null)]
    [InlineData("documents.jsonl", null)]
    [InlineData("corpora/", null)]
    [InlineData("corpora web", null)]
    [InlineData("/corpora/web", null)]
    public void Parse_NameOfAnInput_IsTheArtifactItNames(string input, string? expected) =>
        Assert.Equal(expected, ArtifactReference.Parse(input)?.ToString());

    [Fact]
    public void MadeDirectlyFrom_OfARun_IsItsIndexAlone()
    {
        Make("corpora/web");
        Make("surrogates/small", "corpus web", "exchanges");
        Make("indexes/ek", "surrogate:small", "corpus:web");
        Make("runs/r", "index:ek", "surrogate:small", "corpus:web");
        Make("corpora/web2", "corpora/web", "runs/r/manifest.json", "runs/r/mask.jsonl");
        var catalogue = ArtifactCatalogue.Read(_home);

        Assert.Equal(["corpora/web", "corpora/web2", "surrogates/small", "indexes/ek", "runs/r"], catalogue.Artifacts.Select(a => $"{a.Reference}"));
        Assert.Equal(["corpora/web", "indexes/ek", "surrogates/small"], Names(ArtifactCatalogue.MadeFrom(catalogue.Find("r"))));
        Assert.Equal(["indexes/ek"], Names(catalogue.MadeDirectlyFrom(catalogue.Find("r"))));
        Assert.Equal(["runs/r"], Names(catalogue.MadeDirectlyFrom(catalogue.Find("web2"))));
        Assert.Equal(["corpora/web2", "indexes/ek", "runs/r", "surrogates/small"], Names(catalogue.MadeOf(catalogue.Find("web").Reference).Select(a => a.Reference)));
        Assert.Equal(["surrogates/small"], Names(catalogue.MadeDirectlyOf(catalogue.Find("web").Reference).Select(a => a.Reference)));
    }

    /// <summary>Against the definition: an input counts as direct when no path through another input leads to it.</summary>
    [Fact]
    public void MadeDirectlyFrom_OfAnyLineage_IsWhatNoOtherInputLeadsTo() => Property.Holds(
        Gen.Choose(0, (1 << 15) - 1),
        edges =>
        {
            // Six corpora; bit k of the number says whether the later of a pair was made from the earlier one.
            using var temp = new TempDirectory();
            var home = new TdaHome(temp.Path);
            var from = new bool[6, 6];
            var bit = 0;
            for (var later = 1; later < 6; later++)
            {
                for (var earlier = 0; earlier < later; earlier++)
                {
                    from[later, earlier] = (edges >> bit++ & 1) == 1;
                }
            }

            for (var c = 0; c < 6; c++)
            {
                Make(home, $"corpora/c{c}", [.. Enumerable.Range(0, c).Where(earlier => from[c, earlier]).Select(earlier => $"corpora/c{earlier}")]);
            }

            bool Leads(int start, int end) => from[start, end] || Enumerable.Range(0, start).Any(next => from[start, next] && Leads(next, end));
            var catalogue = ArtifactCatalogue.Read(home);
            for (var c = 0; c < 6; c++)
            {
                var direct = Enumerable.Range(0, c).Where(input => from[c, input] && !Enumerable.Range(0, c).Any(other => from[c, other] && Leads(other, input)));
                Assert.Equal(direct.Select(input => $"corpora/c{input}"), Names(catalogue.MadeDirectlyFrom(catalogue.Find($"c{c}"))));
            }
        },
        cases: 20);

    [Fact]
    public void Find_NameOfTwoKinds_AsksWhich()
    {
        Make("corpora/web");
        Make("labs/web", "corpus web");
        var catalogue = ArtifactCatalogue.Read(_home);

        var error = Assert.Throws<UsageException>(() => catalogue.Find("web"));
        Assert.Contains("corpora/web or labs/web", error.Message, StringComparison.Ordinal);
        Assert.Equal("labs/web", $"{catalogue.Find("labs/web").Reference}");
    }

    [Theory]
    [InlineData("wbe", "Did you mean 'web'?")]
    [InlineData("corpora/wbe", "Did you mean 'corpora/web'?")]
    [InlineData("nothing-like-it", "tda ls")]
    public void Find_UnknownName_NamesTheNearest(string name, string hint)
    {
        Make("corpora/web");

        var error = Assert.Throws<BadInputException>(() => ArtifactCatalogue.Read(_home).Find(name));
        Assert.Contains(hint, error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedAndUnfinished_ListsTheFirstWithItsReason()
    {
        Make("runs/r");
        File.WriteAllText(Path.Combine(_home.RunDirectory("r"), "manifest.json"), "{");
        Directory.CreateDirectory(_home.RunDirectory("s") + ".part");
        Directory.CreateDirectory(_home.RunDirectory("t") + ".removed");

        var only = Assert.Single(ArtifactCatalogue.Read(_home).Artifacts);
        Assert.Contains("is not JSON", only.Problem, StringComparison.Ordinal);
        Assert.Null(only.Manifest);
    }

    [Theory]
    [InlineData("wbe", "Did you mean 'web'?")]
    [InlineData("other", "There is web (tda ls corpora).")]
    public void Open_NameThatIsNotThere_SaysWhatThereIs(string name, string remedy)
    {
        Make("corpora/web");

        var error = Assert.Throws<BadInputException>(() => Corpus.Open(_home.CorpusDirectory(name)));
        Assert.Equal(("there is no corpus of this name", remedy), (error.Reason, error.Remedy));
    }

    [Fact]
    public void Open_InAnEmptyHome_SaysWhatMakesOne() => Assert.Equal(
        "There is none yet: make one with tda attribute or tda guide.", Assert.Throws<BadInputException>(() => ScoreRun.Open(_home.RunDirectory("r"))).Remedy);

    [Fact]
    public void Open_UnfinishedOne_SaysThatTheCommandGoesOn()
    {
        Directory.CreateDirectory(_home.CorpusDirectory("web") + ".part");

        Assert.Contains("unfinished", Assert.Throws<BadInputException>(() => Corpus.Open(_home.CorpusDirectory("web"))).Remedy, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(IEnumerable<ArtifactReference> references) => references.Select(reference => $"{reference}").Order(StringComparer.Ordinal);

    private void Make(string reference, params string[] inputs) => Make(_home, reference, inputs);

    private void Make(TdaHome home, string reference, params string[] inputs)
    {
        using var directory = ArtifactDirectory.Create(Path.Combine(home.Root, reference), "tda.test", 1, _time);
        foreach (var input in inputs)
        {
            directory.Manifest.Inputs[input] = "00";
        }

        directory.Commit();
    }
}
