using System.Text.Json.Nodes;
using Tda.Curation.Deduplication;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

public sealed class ExactDuplicatesTests
{
    private static readonly KeepOptions Longest = new(KeepRule.Longest, "date", []);

    [Theory]
    [InlineData("none", "")]
    [InlineData("whitespace", "2←1")]
    [InlineData("words", "2←1 3←1")]
    public void Decide_Form_SaysWhatMakesNoDifference(string form, string expected)
    {
        Document[] documents = [new("1", "s", "Buy now,  cheap!\n"), new("2", "s", "Buy now, cheap!"), new("3", "s", "buy NOW cheap"), new("4", "s", "buy now")];

        var decisions = new ExactDuplicates(Enum.Parse<ExactForm>(form, ignoreCase: true), Longest).Run(documents);

        Assert.Equal(expected, string.Join(' ', decisions.Select(d => $"{d.Id}←{d.Twin}")));
        Assert.All(decisions, d => Assert.Equal(("exact", 1.0, 1.0), (d.Reason!, d.Value!.Value, d.Threshold!.Value)));
    }

    [Fact]
    public void Decide_NoWords_ComparesCharacters() => Assert.Equal(
        ["2"], new ExactDuplicates(ExactForm.Words, Longest).Run([new("1", "s", " !!"), new("2", "s", "!!"), new("3", "s", "??")]).Select(d => d.Id));

    [Fact]
    public void Decide_Any_KeepsOneOfEachTextInAnyOrder() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var stage = new ExactDuplicates(ExactForm.Words, Longest) { Passes = new(2) };
        var decisions = stage.Run(documents);
        var left = documents.Without(decisions);

        Assert.Equal(documents.Select(document => document.Text).Order().Distinct(), left.Select(document => document.Text).Order());
        Assert.All(decisions, d => Assert.Contains(left, document => document.Id == d.Twin));
        Assert.Equal(decisions.OrderBy(d => d.Id), stage.Run([.. documents.Reverse()]).OrderBy(d => d.Id));
        Assert.Empty(stage.Run(left));
    });

    [Fact]
    public void Decide_Keep_ChoosesBySourceThenDateThenId()
    {
        Document[] documents =
        [
            Dated("e", "web", "2001-05-01"), Dated("d", "mail", "Mon, 02 Sep 2002 09:15:00 +0100"), Dated("c", "mail", "2002-09-02T08:15:00Z"), Dated("b", "mail", null),
            Dated("a", "mail", "2003"),
        ];

        Assert.Equal(["c"], Kept(new(KeepRule.Oldest, "sent", ["mail"])));
        Assert.Equal(["e"], Kept(new(KeepRule.Oldest, "sent", [])));
        Assert.Equal(["a"], Kept(Longest));
        Assert.Contains("meta.when", Assert.Throws<BadInputException>(() => Kept(new(KeepRule.Oldest, "when", []))).Message, StringComparison.Ordinal);

        IEnumerable<string> Kept(KeepOptions keep) => documents.Without(new ExactDuplicates(ExactForm.None, keep).Run(documents)).Select(document => document.Id);
    }

    [Fact]
    public void Decide_ReadingFails_TellsTheErrorAsItWas()
    {
        var documents = new Curation.Plans.StageDocuments(() => throw new BadInputException("documents.jsonl", "is damaged"), 1);

        Assert.Throws<BadInputException>(() => new ExactDuplicates(ExactForm.None, Longest).Decide(documents, new(NullProgress.Instance, default)));
    }

    private static Document Dated(string id, string source, string? date) => new(id, source, "same") { Meta = date is null ? null : new JsonObject { ["sent"] = date } };
}
