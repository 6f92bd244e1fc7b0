using Tda.Bench.Running;

namespace Tda.Bench.Peers;

/// <summary>Results of `peers`.</summary>
/// <param name="Time">When.</param>
/// <param name="Machine">Where, with our LibTorch.</param>
/// <param name="Documents">Documents, one row each.</param>
/// <param name="Tokens">Their label tokens.</param>
/// <param name="Queries">Queries.</param>
internal sealed record PeerReport(DateTimeOffset Time, Machine Machine, int Documents, long Tokens, int Queries)
{
    /// <summary>Versions of the libraries, of PyTorch, and what stood in for packages that they import.</summary>
    public IReadOnlyDictionary<string, string> Libraries { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<PeerAgreement> Agreements { get; init; } = [];

    public IReadOnlyList<PeerRow> Rows { get; init; } = [];

    /// <summary>Writes <c>peers.json</c>.</summary>
    public void Write(string folder) => ResultFile.Write(folder, "peers", this with { Machine = Machine with { LoadAfter = Machine.Load() } });

    public static void Print(PeerAgreement agreement) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"  {agreement.First,-34} {agreement.Second,-34} Spearman {agreement.Mean,8:F5}, lowest {agreement.Lowest,8:F5}"));

    public static void Print(PeerRow row)
    {
        Console.WriteLine(row.Work);
        foreach (var (name, process) in row.ProcessSeconds)
        {
            var ratio = row.ProcessRatios.TryGetValue(name, out var whole)
                ? string.Create(CultureInfo.InvariantCulture, $"  {whole.Median:F2} ({whole.Low:F2}-{whole.High:F2}); work {row.WorkRatios[name].Median:F2}; memory {row.PeakRatios[name].Median:F2}")
                : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {name,-26} {process,7:F1} s, {row.WorkSeconds[name],7:F1} s of it work, {row.PeakMebibytes[name],6:F0} MiB{ratio}"));
        }
    }
}
