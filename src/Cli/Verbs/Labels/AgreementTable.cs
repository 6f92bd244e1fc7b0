using Tda.GatewayHost.Terminal;
using Tda.Labels.Agreement;

namespace Tda.Cli.Verbs.Labels;

/// <summary>Agreement with reference labels, as people read it.</summary>
internal static class AgreementTable
{
    /// <summary>A row a label; false positives of each kind below.</summary>
    public static void Print(IAnsiConsole console, IReadOnlyList<LabelAgreement> labels)
    {
        console.WriteTable(
            ["label", "yes", "no", "AUROC", "found", "false alarms", "κ", "calibration error"],
            labels.Select(label => (string[])
            [
                label.Label,
                label.Positive.ToString("N0", CultureInfo.InvariantCulture),
                label.Negative.ToString("N0", CultureInfo.InvariantCulture),
                Number(label.Auroc),
                Percent(label.TruePositiveRate),
                Percent(label.FalsePositiveRate),
                Number(label.Kappa),
                Number(label.CalibrationError),
            ]));
        foreach (var label in labels.Where(label => label.FalsePositiveRates.Count > 1))
        {
            console.WriteLine($"false alarms of {label.Label} by kind: {string.Join(", ", label.FalsePositiveRates.Select(kind => $"{kind.Key} {Percent(kind.Value)}"))}");
        }
    }

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "–";

    private static string Percent(double? share) => share is { } known ? string.Create(CultureInfo.InvariantCulture, $"{100 * known:F1} %") : "–";
}
