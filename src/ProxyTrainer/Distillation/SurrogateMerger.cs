using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>Makes a plain surrogate of one with adapters: <c>W + s·B·A</c> in place of both, for programs that know no adapters.</summary>
public static class SurrogateMerger
{
    /// <param name="from">The surrogate with adapters.</param>
    /// <param name="directory">Where the plain one will stand.</param>
    /// <param name="replace">Whether a surrogate already there may be replaced.</param>
    /// <param name="progress">Told of the members.</param>
    /// <param name="time">Clock for the manifest.</param>
    /// <param name="cancellation">Stops between members; nothing is left.</param>
    /// <exception cref="UsageException">It has no adapters, or the name is taken.</exception>
    /// <exception cref="BadInputException">It is missing or damaged.</exception>
    public static MergedSurrogate Run(
        string from, string directory, bool replace, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        ArtifactDirectory.RequireFree(directory, replace);
        if (Path.GetFullPath(from) == Path.GetFullPath(directory))
        {
            throw new UsageException($"{Path.GetFileName(from)} can't replace itself: choose another name.");
        }

        var surrogate = Surrogate.Open(from);
        if (!surrogate.HasAdapters)
        {
            throw new UsageException($"{Path.GetFileName(from)} has no adapters: there is nothing to merge.");
        }

        var basis = DistillBase.Open(from);
        using var artifact = ArtifactDirectory.Create(directory, Surrogate.Format, Surrogate.Version, time, replace);
        artifact.Manifest.Command = "tda surrogate merge";
        artifact.Manifest.Inputs[basis.Name] = basis.Hash;
        for (var member = 0; member < surrogate.MemberDirectories.Count; member++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Message($"Merging the adapters of {basis.Name}{(member == 0 ? "" : $", member {member}")}.");
            var folder = Directory.CreateDirectory(Path.Combine(artifact.WorkDirectory, Surrogate.MemberFolder(member))).FullName;
            using var model = surrogate.LoadModel(member);
            model.Save(folder);
            basis.CopyTokenizer(folder);

            // It is still the model that those answers were held out from.
            var report = Path.Combine(surrogate.MemberDirectories[member], Surrogate.TrainingFile);
            if (File.Exists(report))
            {
                File.Copy(report, Path.Combine(folder, Surrogate.TrainingFile));
            }
        }

        var details = artifact.Manifest.Details;
        details["family"] = FamilyDescription.Of(basis.Config.Family).ModelType;
        details["parameters"] = basis.Config.ParameterCount;
        details["context"] = basis.Config.MaxPositions;
        details["tokenizer_hash"] = surrogate.Tokenizer.Hash;
        details["members"] = surrogate.MemberDirectories.Count;
        artifact.Commit();
        return new(artifact.FinalDirectory, basis.Name, basis.Config.ParameterCount, surrogate.MemberDirectories.Count);
    }
}

/// <summary>What was merged.</summary>
/// <param name="Directory">The plain surrogate's folder.</param>
/// <param name="From">The surrogate with adapters, as artifacts name it.</param>
/// <param name="Parameters">Of one member.</param>
/// <param name="Members">Models of the ensemble; 1 without one.</param>
public sealed record MergedSurrogate(string Directory, string From, long Parameters, int Members);
