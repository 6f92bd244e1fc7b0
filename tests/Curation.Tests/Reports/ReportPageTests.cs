using Tda.Curation.Rendering;

namespace Tda.Curation.Tests.Reports;

public class ReportPageTests
{
    [Fact]
    public void Render_FullModel_WritesAPage()
    {
        var html = ReportPage.Render(SampleReport.Full());
        if (Environment.GetEnvironmentVariable("TDA_SAMPLE_REPORT") is { Length: > 0 } path)
            File.WriteAllText(path, html);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
    }
}
