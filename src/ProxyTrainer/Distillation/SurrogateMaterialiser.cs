using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// Makes a plain surrogate of a response network at one λ: 1. open it and read its gates; 2. fold them into each member's weights; 3. write the
/// member with its tokenizer; 4. commit. It computes what the response network does at that λ, and has no gates any more.
/// </summary>
public static class SurrogateMaterialiser
{
    private const string Command = "tda surrogate materialise";

    /// <param name="source">A surrogate that was distilled over a range of λ.</param>
    /// <param name="penalty">λ, in the range.</param>
    /// <param name="directory">Where the plain surrogate will stand.</param>
    /// <param name="replace">Whether a surrogate already there may be replaced.</param>
    /// <param name="time">Clock for the manifest.</param>
    /// <param name="cancellation">Stops between members.</param>
    /// <exception cref="BadInputException">The source is missing, damaged, or no response network.</exception>
    /// <exception cref="UsageException">λ is outside of the range that was trained, or the surrogate exists.</exception>
    public static MaterialisedSurrogate Run(
        string source, double penalty, string directory, bool replace, TimeProvider time, CancellationToken cancellation = default)
    {
        ArtifactDirectory.RequireFree(directory, replace);

        // 1.
        var surrogate = Surrogate.Open(source);
        ResponseNetwork[] responses = [.. surrogate.MemberDirectories.Select(ResponseNetwork.Of)];
        using var artifact = ArtifactDirectory.Create(directory, Surrogate.Format, Surrogate.Version, time, replace);
        long parameters = 0;
        for (var member = 0; member < responses.Length; member++)
        {
            cancellation.ThrowIfCancellationRequested();

            // 2.
            using var model = surrogate.LoadModel(member);
            responses[member].MoveTo(model, penalty);
            parameters = model.Config.ParameterCount;

            // 3. How faithful it is at this λ was not measured. The rest, such as the tokenizer, is the same at every λ.
            var folder = Path.Combine(artifact.WorkDirectory, Surrogate.MemberFolder(member));
            Directory.CreateDirectory(folder);
            model.Save(folder);
            var report = Path.Combine(surrogate.MemberDirectories[member], Surrogate.TrainingFile);
            AtomicFile.WriteJson(Path.Combine(folder, Surrogate.TrainingFile), JsonFile.Read<TrainingReport>(report) with { Fidelity = null });
            foreach (var file in Directory.EnumerateFiles(surrogate.MemberDirectories[member]).Where(file => !File.Exists(Path.Combine(folder, Path.GetFileName(file)))))
            {
                if (Path.GetFileName(file) is not (ResponseNetwork.FileName or Manifest.FileName))
                {
                    File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
                }
            }
        }

        // 4.
        var (name, hash) = ArtifactReference.InputOf(surrogate.Directory);
        artifact.Manifest.Command = Command;
        artifact.Manifest.Options = new JsonObject { ["at"] = penalty };
        artifact.Manifest.Inputs = new(surrogate.Manifest.Inputs, StringComparer.Ordinal) { [name] = hash };
        artifact.Manifest.Seeds = new(surrogate.Manifest.Seeds, StringComparer.Ordinal);
        artifact.Manifest.Details = surrogate.Manifest.Details.DeepClone().AsObject();
        artifact.Manifest.Details.Remove(ResponseNetwork.Detail);
        artifact.Manifest.Details["penalty"] = penalty;
        artifact.Commit();
        return new(artifact.FinalDirectory, penalty, responses[0].Range.Low, responses[0].Range.High, responses.Length, parameters);
    }
}

/// <summary>A plain surrogate made of a response network.</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="Penalty">The λ that it stands for.</param>
/// <param name="Low">Least λ of the response network.</param>
/// <param name="High">Greatest λ of the response network.</param>
/// <param name="Members">Models of the ensemble.</param>
/// <param name="Parameters">Numbers of one of them.</param>
public sealed record MaterialisedSurrogate(string Directory, double Penalty, double Low, double High, int Members, long Parameters);
