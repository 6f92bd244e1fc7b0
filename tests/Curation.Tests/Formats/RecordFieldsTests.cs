using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Formats;

/// <summary>Which field is the text: as it is named, else by usual names, and said where more than one fits.</summary>
public sealed class RecordFieldsTests : IDisposable
{
    private readonly ImportSample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData("""{"content":"x","title":"t"}""", "content")]
    [InlineData("""{"Body":"x"}""", "Body")]
    [InlineData("""{"raw_content":"x","doc_id":"7"}""", "raw_content")]
    [InlineData("""{"text":null,"body":"x"}""", "body")]
    public void Import_UsualNames_AreFoundAndSaid(string line, string field)
    {
        var report = _sample.Import(_sample.Write("in.jsonl", line));

        Assert.Equal("x", Assert.Single(_sample.Documents()).Text);
        Assert.Contains(field, report.Fields.Keys);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void Import_TwoUsualNames_TakesTheSurerAndNotesTheOther()
    {
        var report = _sample.Import(_sample.Write("in.jsonl", """
            {"body":"b","text":"t"}
            {"body":"b2","text":"t2"}

            """));

        Assert.Equal(["t", "t2"], _sample.Documents().Select(d => d.Text));
        Assert.Equal("b", (string)_sample.Documents()[0].Meta!["body"]!);
        Assert.Equal(["2 records have 'body' beside 'text', which was taken for the text (--text-field chooses)."], report.Notes);
    }

    [Fact]
    public void Import_NamedFields_LeadIntoRecords()
    {
        var options = new ImportOptions
        {
            TextField = "data.body",
            IdField = "key",
            SourceField = "meta.set",
            LicenseField = "rights",
            OwnerField = "by.name",
        };

        var report = _sample.Import(
            _sample.Write("in.jsonl", """{"text":"not this","key":9,"data":{"body":"this","n":1},"meta":{"set":"wiki","k":2},"rights":"MIT","by":{"name":"Ann"}}"""),
            options);

        var document = Assert.Single(_sample.Documents());
        Assert.Equal(("this", "9", "wiki", "MIT", "Ann"), (document.Text, document.Id, document.Source, document.License, document.Owner));
        Assert.Equal("""{"k":2,"text":"not this","data":{"n":1},"by":{}}""", document.Meta!.ToJsonString());
        Assert.Contains("data.body", report.Fields.Keys);
    }

    [Fact]
    public void Import_NameWithADotOfItsOwn_IsTakenWhole()
    {
        _sample.Import(_sample.Write("in.csv", "data.body,n\nx,1\n"), new ImportOptions { TextField = "data.body" });

        Assert.Equal("x", Assert.Single(_sample.Documents()).Text);
    }

    [Fact]
    public void Import_NamedFieldThatRecordsLack_IsNamed()
    {
        var path = _sample.Write("in.jsonl", """{"text":"x"}""");

        var error = Assert.Throws<BadInputException>(() => _sample.Import(path, new ImportOptions { TextField = "words" }));

        Assert.Contains("record without a 'words', such as in.jsonl line 1 (byte 0) (its fields: text)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_OneFieldForTwoParts_IsRefused()
    {
        var error = Assert.Throws<UsageException>(() => new ImportOptions { TextField = "a", IdField = "a", SourceField = "" }.Validate());

        Assert.Contains("a field's name is empty; one field is named for two parts of a document", error.Message, StringComparison.Ordinal);
    }
}
