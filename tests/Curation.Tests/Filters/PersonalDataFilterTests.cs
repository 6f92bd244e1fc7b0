using Tda.Curation.Ledger;

namespace Tda.Curation.Tests.Filters;

public class PersonalDataFilterTests
{
    private const string Text = "Write to jane.doe@example.org or bob@example.com, or pay with 4111 1111 1111 1111 today.";

    [Fact]
    public void Judge_PersonalData_TellsKindsAndHidesThem()
    {
        var decision = Judging.Judge("personal_data", Text)!;

        Assert.Equal((CurationAction.Drop, "email", 3.0, 1.0), (decision.Action, decision.Reason, decision.Value, decision.Threshold));
        Assert.Equal("card 1, email 2: Write to [email] or [email], or pay with [card] today.", decision.Evidence);
    }

    [Theory]
    [InlineData("personal_data: { detectors: [phone] }", null)]
    [InlineData("personal_data: { hits: 4 }", null)]
    [InlineData("personal_data: { action: report, hits: 3 }", CurationAction.Keep)]
    [InlineData("personal_data: { detectors: [card] }", CurationAction.Drop)]
    public void Judge_Options_Decide(string yaml, CurationAction? action) => Assert.Equal(action, Judging.Judge(yaml, Text)?.Action);

    [Fact]
    public void Judge_SecretsFarApart_NeverStandInTheEvidence()
    {
        string[] secrets = ["jane.doe@example.org", "4111 1111 1111 1111", "bob@example.com"];
        for (var gap = 0; gap < 150; gap++)
        {
            var evidence = Judging.Judge("personal_data: { detectors: [card] }", string.Join($" {new string('x', gap % 7)}{new string(' ', gap / 2)}\n", secrets))!.Evidence!;
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, evidence, StringComparison.Ordinal));
            Assert.DoesNotContain("example", evidence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Stage_UnknownDetector_IsRefusedWithThoseThatThereAre() =>
        Assert.Contains("detectors: 'name' isn't one of api_key, password", Assert.Throws<BadInputException>(() => Judging.Stage("personal_data: { detectors: [name] }")).Message, StringComparison.Ordinal);
}
